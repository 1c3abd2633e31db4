// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// An endpoint of a WebSocket connection with gorilla/websocket. Scenes are those of player.py; actions and events are described in
// scenes.py. "deflate" in a scene is {"level": N}; compression is offered and accepted in every scene. The package has no interface for
// the length of a frame: a scene with fragments gets a write buffer of that size.
package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

const patience = 10 * time.Second

type scene struct {
	Connect      string
	Listen       bool
	Subprotocols []string
	Fields       map[string]string
	Refuse       int
	Deflate      struct{ Level *int }
	Actions      [][]json.RawMessage
}

var output sync.Mutex

func say(format string, arguments ...any) {
	output.Lock()
	defer output.Unlock()
	fmt.Printf(format+"\n", arguments...)
}

// The same bytes and characters as in scenes.py.
func pattern(size int) []byte {
	result := make([]byte, size)
	for i := range result {
		result[i] = byte(i % 251)
	}
	return result
}

func noise(size int) []byte {
	state := uint32(1)
	result := make([]byte, size)
	for i := range result {
		state = (state*1103515245 + 12345) & 0x7FFFFFFF
		result[i] = byte(state >> 16)
	}
	return result
}

func longText(size int) string {
	return strings.Repeat("aé€😀", size/10) + strings.Repeat("x", size%10)
}

// Writes JSON like Python with ensure_ascii=False.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteRune('\\')
			b.WriteRune(c)
		case c < ' ':
			if i := strings.IndexRune("\b\t\n\f\r", c); i >= 0 {
				b.WriteByte('\\')
				b.WriteByte("btnfr"[i])
			} else {
				fmt.Fprintf(&b, "\\u%04x", c)
			}
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func sayMessage(kind int, data []byte) {
	switch {
	case kind == websocket.BinaryMessage:
		say("binary %d sha1=%x", len(data), sha1.Sum(data))
	case !utf8.Valid(data):
		say("error the text is not UTF-8: gorilla leaves that to the program")
	case len(data) <= 1000:
		say("text %d %s", len(data), quoted(string(data)))
	default:
		say("text %d sha1=%x", len(data), sha1.Sum(data))
	}
}

type connection struct {
	socket   *websocket.Conn
	writing  sync.Mutex
	changed  *sync.Cond
	messages int
	pongs    int
	echoes   bool
	over     bool
}

func (c *connection) change(what func()) {
	c.changed.L.Lock()
	what()
	c.changed.L.Unlock()
	c.changed.Broadcast()
}

func (c *connection) until(condition func() bool) {
	c.changed.L.Lock()
	defer c.changed.L.Unlock()
	for !c.over && !condition() {
		c.changed.Wait()
	}
}

func (c *connection) send(kind int, data []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.socket.WriteMessage(kind, data) // the reader sees an error too
}

func (c *connection) control(kind int, payload []byte) {
	c.socket.WriteControl(kind, payload, time.Now().Add(patience))
}

// Writes a message in as many frames as the size of the write buffer requires; ping follows the first part.
func (c *connection) pieces(kind int, parts [][]byte, ping *string) {
	c.writing.Lock()
	defer c.writing.Unlock()
	// A compressed message would reach the buffer at its end.
	c.socket.EnableWriteCompression(false)
	defer c.socket.EnableWriteCompression(true)
	writer, err := c.socket.NextWriter(kind)
	for i, part := range parts {
		if i == 1 && ping != nil {
			c.control(websocket.PingMessage, []byte(*ping))
		}
		if err == nil {
			_, err = writer.Write(part)
		}
	}
	if err == nil {
		writer.Close()
	}
}

func (c *connection) read() {
	defer c.change(func() { c.over = true })
	for {
		kind, data, err := c.socket.ReadMessage()
		if err != nil {
			var closing *websocket.CloseError
			if !errors.As(err, &closing) {
				say("close 1006 \"\"")
			} else if closing.Code == websocket.CloseAbnormalClosure {
				say("close 1006 \"\"")
			} else {
				say("close %d %s", closing.Code, quoted(closing.Text))
			}
			return
		}
		sayMessage(kind, data)
		echoes := false
		c.change(func() { c.messages++; echoes = c.echoes })
		if echoes {
			c.send(kind, data)
		}
	}
}

func argument[T any](action []json.RawMessage, i int) (value T) {
	if i < len(action) {
		if err := json.Unmarshal(action[i], &value); err != nil {
			panic(err)
		}
	}
	return value
}

func (c *connection) act(action []json.RawMessage) {
	switch name := argument[string](action, 0); name {
	case "text":
		c.send(websocket.TextMessage, []byte(argument[string](action, 1)))
	case "long_text":
		c.send(websocket.TextMessage, []byte(longText(argument[int](action, 1))))
	case "binary":
		c.send(websocket.BinaryMessage, pattern(argument[int](action, 1)))
	case "noise":
		c.send(websocket.BinaryMessage, noise(argument[int](action, 1)))
	case "many":
		for i := 0; i < argument[int](action, 1); i++ {
			c.send(websocket.TextMessage, []byte(fmt.Sprintf("message %d", i)))
		}
	case "text_pieces":
		var parts [][]byte
		for _, part := range argument[[]string](action, 1) {
			parts = append(parts, []byte(part))
		}
		c.pieces(websocket.TextMessage, parts, argument[*string](action, 2))
	case "binary_pieces":
		// As a server the package writes what is larger than its buffer as one frame.
		var parts [][]byte
		size := pieceSize(action)
		for rest := pattern(argument[int](action, 1)); len(rest) > 0; rest = rest[len(parts[len(parts)-1]):] {
			if size > len(rest) {
				size = len(rest)
			}
			parts = append(parts, rest[:size])
		}
		c.pieces(websocket.BinaryMessage, parts, nil)
	case "ping":
		c.control(websocket.PingMessage, []byte(argument[string](action, 1)))
	case "echo":
		c.change(func() { c.echoes = true })
	case "await_messages":
		c.until(func() bool { return c.messages >= argument[int](action, 1) })
	case "await_pongs":
		c.until(func() bool { return c.pongs >= argument[int](action, 1) })
	case "sleep":
		time.Sleep(time.Duration(argument[float64](action, 1) * float64(time.Second)))
	case "close":
		payload := []byte{}
		if len(action) > 1 {
			payload = websocket.FormatCloseMessage(argument[int](action, 1), argument[string](action, 2))
		}
		c.control(websocket.CloseMessage, payload)
	case "drop":
		c.socket.UnderlyingConn().(*net.TCPConn).SetLinger(0)
		c.socket.Close()
	default:
		panic("unknown action " + name)
	}
}

func pieceSize(action []json.RawMessage) int {
	count := argument[int](action, 2)
	return (argument[int](action, 1) + count - 1) / count
}

// Returns the size of a write buffer that divides the messages of this scene into fragments.
func (s *scene) bufferSize() int {
	size := 4096
	for _, action := range s.Actions {
		switch argument[string](action, 0) {
		case "text_pieces":
			size = 2
		case "binary_pieces":
			size = pieceSize(action)
		}
	}
	return size
}

func (s *scene) play(socket *websocket.Conn, protocol, extensions string) {
	defer socket.Close()
	socket.SetReadDeadline(time.Now().Add(patience))
	socket.SetReadLimit(1 << 24)
	if s.Deflate.Level != nil {
		socket.SetCompressionLevel(*s.Deflate.Level)
	}
	c := &connection{socket: socket, changed: sync.NewCond(&sync.Mutex{})}
	socket.SetPingHandler(func(payload string) error {
		say("ping %d %s", len(payload), quoted(payload))
		c.control(websocket.PongMessage, []byte(payload))
		return nil
	})
	socket.SetPongHandler(func(payload string) error {
		say("pong %d %s", len(payload), quoted(payload))
		c.change(func() { c.pongs++ })
		return nil
	})
	say("open protocol=%s extensions=%s", protocol, extensions)
	// Who echoes from the beginning echoes the first message, too.
	c.echoes = len(s.Actions) > 0 && argument[string](s.Actions[0], 0) == "echo"
	done := make(chan struct{})
	go func() { c.read(); close(done) }()
	for _, action := range s.Actions {
		c.act(action)
	}
	<-done
}

func (s *scene) connect() {
	fields := http.Header{}
	for name, value := range s.Fields {
		fields.Set(name, value)
	}
	size := s.bufferSize()
	dialer := websocket.Dialer{EnableCompression: true, Subprotocols: s.Subprotocols, WriteBufferSize: size, HandshakeTimeout: patience}
	socket, response, err := dialer.Dial(s.Connect, fields)
	if err == websocket.ErrBadHandshake && response.StatusCode != http.StatusSwitchingProtocols {
		say("refused %d", response.StatusCode)
	} else if err != nil {
		say("error %v", err)
	} else {
		s.play(socket, socket.Subprotocol(), strings.Join(response.Header["Sec-Websocket-Extensions"], ", "))
	}
}

func (s *scene) listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say("error %v", err)
		return
	}
	done := make(chan struct{}, 16)
	upgrader := websocket.Upgrader{EnableCompression: true, Subprotocols: s.Subprotocols, WriteBufferSize: s.bufferSize()}
	server := http.Server{Handler: http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		defer func() { done <- struct{}{} }()
		if s.Refuse != 0 {
			say("refused %d", s.Refuse)
			http.Error(writer, "no", s.Refuse)
			return
		}
		socket, err := upgrader.Upgrade(writer, request, nil)
		if err != nil {
			say("error %v", err)
			return
		}
		// The answer that the package writes is not visible to the program.
		extensions := ""
		if strings.Contains(strings.Join(request.Header["Sec-Websocket-Extensions"], ","), "permessage-deflate") {
			extensions = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
		}
		s.play(socket, socket.Subprotocol(), extensions)
	})}
	go server.Serve(listener)
	say("listening %d", listener.Addr().(*net.TCPAddr).Port)
	select {
	case <-done:
	case <-time.After(patience):
		say("error time-out")
	}
	if s.Refuse != 0 {
		time.Sleep(50 * time.Millisecond) // the response is written after the handler has returned
	}
	server.Close()
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var s scene
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			say("error %v", err)
		} else if s.Listen {
			s.listen()
		} else {
			s.connect()
		}
		say("end")
	}
}
