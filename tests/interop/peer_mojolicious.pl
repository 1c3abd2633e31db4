#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
#
# An endpoint of a WebSocket connection with permessage-deflate by Mojolicious. Scenes are those of player.py; actions and events are described
# in scenes.py.
use Mojo::Base -strict, -signatures;

use Digest::SHA 'sha1_hex';
use Mojo::JSON qw(decode_json encode_json);
use Mojo::IOLoop;
use Mojo::Server::Daemon;
use Mojo::UserAgent;
use Mojo::Util qw(decode encode);
use Mojolicious;

use constant {PATIENCE => 10, LARGEST => 1 << 24};

$| = 1;
sub say_line ($line) { print encode('UTF-8', $line), "\n" }

# The same bytes and characters as in scenes.py.
sub pattern ($size) { pack 'C*', map { $_ % 251 } 0 .. $size - 1 }
sub long_text ($size) { encode('UTF-8', "a\x{e9}\x{20ac}\x{1f600}" x int($size / 10)) . 'x' x ($size % 10) }

sub noise ($size) {
  my ($state, $result) = (1, '');
  for (1 .. $size) {
    $state = ($state * 1103515245 + 12345) & 0x7fffffff;
    $result .= chr($state >> 16 & 0xff);
  }
  return $result;
}

sub quoted ($bytes) { '"' . decode('UTF-8', $bytes =~ s/(["\\])/\\$1/gr) . '"' }

# Plays the actions on a transaction of either role, and stops the loop when it has closed.
sub play ($tx, $actions) {
  my ($echoes, $received, $parting, @left) = (0, 0, 0, @$actions);
  $tx->max_websocket_size(LARGEST);
  say_line 'open protocol= extensions=' . ($tx->compressed ? 'permessage-deflate' : '');

  my $go_on = sub (@) {
    while (@left && !$tx->is_finished) {
      my ($name, @words) = @{$left[0]};
      if    ($name eq 'text')      { $tx->send({text   => encode('UTF-8', $words[0])}) }
      elsif ($name eq 'long_text') { $tx->send({text   => long_text($words[0])}) }
      elsif ($name eq 'binary')    { $tx->send({binary => pattern($words[0])}) }
      elsif ($name eq 'noise')     { $tx->send({binary => noise($words[0])}) }
      elsif ($name eq 'many')      { $tx->send({text => "message $_"}) for 0 .. $words[0] - 1 }
      elsif ($name eq 'echo')      { $echoes = 1 }
      elsif ($name eq 'await_messages') { return if $received < $words[0] }
      elsif ($name eq 'close')     { $parting = 1; $tx->finish(@words) }
      else                         { die "unknown action $name" }
      shift @left;
    }
  };
  my $take = sub ($kind, $bytes) {
    my $short = $kind eq 'text' && length $bytes <= 1000;
    say_line "$kind " . length($bytes) . ' ' . ($short ? quoted($bytes) : 'sha1=' . sha1_hex($bytes));
    $tx->send({$kind => $bytes}) if $echoes;
    $received++;
    $go_on->();
  };
  $tx->on(text   => sub ($tx, $bytes) { $take->('text',   $bytes) });
  $tx->on(binary => sub ($tx, $bytes) { $take->('binary', $bytes) });
  $tx->on(finish => sub ($tx, $code, $reason = '') {
    # It does not report the reply to a close frame, but the code and reason that we have sent.
    say_line 'close ' . ($code // 1006) . ' ' . encode_json($parting ? '' : $reason // '');
    Mojo::IOLoop->timer(0.02 => sub { Mojo::IOLoop->stop }); # the socket is closed after this event
  });
  Mojo::IOLoop->next_tick($go_on); # a server's handshake has to be sent first
}

sub connect_to ($scene) {
  my $ua = Mojo::UserAgent->new(inactivity_timeout => 0);
  $ua->websocket($scene->{connect} => {'Sec-WebSocket-Extensions' => 'permessage-deflate'} => sub ($ua, $tx) {
    if (!$tx->is_websocket) {
      say_line 'error: no WebSocket';
      return Mojo::IOLoop->stop;
    }
    play($tx, $scene->{actions});
  });
  Mojo::IOLoop->start;
}

sub listen_for ($scene) {
  my $app = Mojolicious->new;
  $app->log->level('fatal');
  $app->routes->websocket('/' => sub ($c) {
    $c->tx->with_compression;
    $c->inactivity_timeout(0);
    $c->rendered(101);
    play($c->tx, $scene->{actions});
  });
  my $daemon = Mojo::Server::Daemon->new(app => $app, listen => ['http://127.0.0.1'], silent => 1);
  $daemon->start;
  say_line 'listening ' . $daemon->ports->[0];
  Mojo::IOLoop->start;
  $daemon->stop;
}

while (my $line = <STDIN>) {
  my $scene = decode_json($line);
  my $late = Mojo::IOLoop->timer(PATIENCE, sub { say_line 'error: time-out'; Mojo::IOLoop->stop });
  eval { $scene->{connect} ? connect_to($scene) : listen_for($scene); 1 } or say_line "error $@";
  Mojo::IOLoop->remove($late);
  say_line 'end';
}
