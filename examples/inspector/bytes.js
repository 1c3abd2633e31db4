// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// Bytes from text, and from capture files.
"use strict";

const MAX_BYTES = 1 << 20; // of one direction
const DUMP = /^\s*0{7,8}(?::\s|\s\s)/; // the beginning of a dump: its first offset
const PAIRS = /^\s*\S\S(?:\s+\S\S)+\s*$/; // hexadecimal, or meant to be

class InputError extends Error {}

function bytesOfText(text) {
    return new TextEncoder().encode(text);
}

// Returns the bytes of hexadecimal digits. Comments begin with "#"; the lines of `hexdump -C` and `xxd` are understood.
function bytesOfHex(text) {
    const lines = text.split("\n").map(line => line.replace(/#.*/, ""))
        .map(line => (DUMP.test(text) ? line.replace(/^\s*[0-9a-f]{7,8}(?::\s|\s\s|\s*$)(.*?)(?:\s\s\S.*|\s*\|.*)?$/i, "$1") : line));
    const digits = lines.join("\n").replace(/0x|\\x|[\s:,|]/gi, "");
    const wrong = digits.match(/[^0-9a-f]/i);
    if (wrong)
        throw new InputError(`“${wrong[0]}” is no hexadecimal digit`);
    if (digits.length % 2)
        throw new InputError("the last byte has one hexadecimal digit");
    return Uint8Array.from(digits.match(/../g) ?? [], pair => parseInt(pair, 16));
}

function bytesOfBase64(text) {
    const characters = text.replace(/\s/g, "").replace(/-/g, "+").replace(/_/g, "/");
    try {
        return Uint8Array.from(atob(characters), c => c.charCodeAt(0));
    } catch {
        throw new InputError("this is neither hexadecimal nor base64");
    }
}

// Returns the bytes of a head, of which a text field has replaced CR LF, and of frames after its empty line.
function bytesOfHead(text) {
    const end = text.indexOf("\n\n");
    const head = bytesOfText((end < 0 ? text : text.slice(0, end + 2)).replace(/\r?\n/g, "\r\n"));
    const frames = end < 0 ? new Uint8Array() : bytesOf(text.slice(end + 2), "detect");
    return join([head, frames]);
}

function join(parts) {
    const result = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
        result.set(part, at);
        at += part.length;
    }
    return result;
}

function bytesOf(text, format) {
    if (text.trim() === "")
        return new Uint8Array();
    if (format === "text" || (format === "detect" && /^\s*([A-Za-z]+ \S+ HTTP\/|HTTP\/\d)/.test(text)))
        return bytesOfHead(text.replace(/^\s+(?=[A-Z])/, ""));
    const isHex = /^(?:[0-9a-f\s:,|x\\]|#.*)*$/i.test(text) || DUMP.test(text) || PAIRS.test(text);
    const bytes = format === "hex" || (format === "detect" && isHex) ? bytesOfHex(text) : bytesOfBase64(text);
    if (bytes.length > MAX_BYTES)
        throw new InputError(`more than ${MAX_BYTES} bytes`);
    return bytes;
}

function hexOf(bytes) {
    return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join(" ");
}

// Returns the packets of a capture file as { link, bytes }.
function packetsOf(file) {
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    if (file.length < 24)
        throw new InputError("the capture file is too short");
    return view.getUint32(0) === 0x0a0d0d0a ? pcapngPackets(file, view) : pcapPackets(file, view);
}

function pcapPackets(file, view) {
    const magics = [0xa1b2c3d4, 0xa1b23c4d];
    const little = magics.includes(view.getUint32(0, true));
    if (!little && !magics.includes(view.getUint32(0)))
        throw new InputError("this is no capture file: neither pcap nor pcapng");
    const link = view.getUint32(20, little) & 0xffff;
    const packets = [];
    for (let at = 24; at + 16 <= file.length;) {
        const size = view.getUint32(at + 8, little);
        if (size > file.length - at - 16)
            break; // the capture ended in the middle of a packet
        packets.push({ link, bytes: file.subarray(at + 16, at + 16 + size) });
        at += 16 + size;
    }
    return packets;
}

function pcapngPackets(file, view) {
    const packets = [];
    let links = [];
    let little = true;
    for (let at = 0; at + 12 <= file.length;) {
        const kind = view.getUint32(at, little);
        if (kind === 0x0a0d0d0a) {
            little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
            links = [];
        }
        const size = view.getUint32(at + 4, little);
        if (size < 12 || size > file.length - at)
            break;
        if (kind === 1 && size >= 16)
            links.push(view.getUint16(at + 8, little));
        if (kind === 6 && size >= 32) {
            const length = Math.min(view.getUint32(at + 20, little), size - 32);
            packets.push({ link: links[view.getUint32(at + 8, little)], bytes: file.subarray(at + 28, at + 28 + length) });
        }
        if (kind === 3 && size >= 16)
            packets.push({ link: links[0], bytes: file.subarray(at + 12, at + size - 4) });
        at += size;
    }
    return packets;
}

// Returns the TCP segment of a packet; undefined if there is none.
function segmentOf({ link, bytes }) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const word = at => (at + 2 <= bytes.length ? view.getUint16(at) : 0);
    // Where the IP header begins: Ethernet with VLAN tags, Linux "any", BSD loopback, raw IP.
    let at = { 1: 14, 113: 16, 276: 20, 0: 4, 108: 4, 101: 0, 12: 0, 14: 0, 228: 0, 229: 0 }[link];
    if (at === undefined)
        return undefined;
    if (link === 1)
        for (let type = word(12); type === 0x8100 || type === 0x88a8; type = word(at - 2))
            at += 4;
    if (at >= bytes.length)
        return undefined;
    const version = bytes[at] >> 4;
    let end, addresses, tcp;
    if (version === 4) {
        if (bytes[at + 9] !== 6 || (word(at + 6) & 0x3fff) !== 0) // no fragments
            return undefined;
        tcp = at + 4 * (bytes[at] & 15);
        end = at + (word(at + 2) || bytes.length - at);
        addresses = [bytes.subarray(at + 12, at + 16), bytes.subarray(at + 16, at + 20)].map(each => each.join("."));
    } else if (version === 6) {
        let next = bytes[at + 6];
        tcp = at + 40;
        while ([0, 43, 60].includes(next) && tcp + 8 <= bytes.length)
            [next, tcp] = [bytes[tcp], tcp + 8 * (bytes[tcp + 1] + 1)];
        if (next !== 6)
            return undefined;
        end = at + 40 + (word(at + 4) || bytes.length - at - 40);
        addresses = [8, 24].map(offset => `[${Array.from({ length: 8 }, (_, i) => word(at + offset + 2 * i).toString(16)).join(":")}]`);
    } else {
        return undefined;
    }
    if (tcp + 20 > bytes.length)
        return undefined;
    const flags = bytes[tcp + 13];
    return {
        from: `${addresses[0]}:${word(tcp)}`, to: `${addresses[1]}:${word(tcp + 2)}`, sequence: view.getUint32(tcp + 4),
        payload: bytes.subarray(Math.min(tcp + 4 * (bytes[tcp + 12] >> 4), end), Math.min(end, bytes.length)),
        syn: (flags & 2) !== 0, ack: (flags & 16) !== 0, end: (flags & 5) !== 0,
    };
}

// Returns the bytes of one direction in order, without repetitions; they end at the first gap.
function assemble(segments) {
    const first = segments.find(each => each.syn) ?? segments[0];
    const start = (first.sequence + (first.syn ? 1 : 0)) >>> 0;
    const offset = each => (each.sequence + (each.syn ? 1 : 0) - start) | 0;
    const parts = [];
    let size = 0, gap = false;
    for (const each of [...segments].sort((a, b) => offset(a) - offset(b))) {
        const skipped = size - offset(each);
        if (each.payload.length === 0 || skipped >= each.payload.length)
            continue;
        if (skipped < 0 || size >= MAX_BYTES) {
            gap = true;
            break;
        }
        parts.push(each.payload.subarray(skipped));
        size += each.payload.length - skipped;
    }
    return { bytes: join(parts).subarray(0, MAX_BYTES), ended: !gap && segments.some(each => each.end), gap };
}

// Returns the TCP connections of a capture file that carry bytes; those with an upgrade first.
function connectionsOf(file) {
    const connections = new Map();
    for (const packet of packetsOf(file)) {
        const segment = segmentOf(packet);
        if (!segment)
            continue;
        const key = [segment.from, segment.to].sort().join(" ");
        let open = connections.get(key)?.at(-1);
        if (!open || (segment.syn && !segment.ack && open.some(each => each.payload.length > 0)))
            connections.set(key, [...(connections.get(key) ?? []), open = []]);
        open.push(segment);
    }
    const found = [];
    for (const segments of [...connections.values()].flat()) {
        const request = segments.find(each => /^[A-Z]+ /.test(new TextDecoder("latin1").decode(each.payload.subarray(0, 8))));
        const client = (segments.find(each => each.syn && !each.ack) ?? request ?? segments[0]).from;
        const ends = [client, segments.find(each => each.from !== client)?.from ?? segments[0].to];
        const [fromClient, fromServer] = ends.map(end => {
            const own = segments.filter(each => each.from === end);
            return own.length ? assemble(own) : { bytes: new Uint8Array(), ended: false, gap: false };
        });
        if (fromClient.bytes.length + fromServer.bytes.length === 0)
            continue;
        const text = new TextDecoder("latin1").decode(fromClient.bytes.subarray(0, 8192));
        found.push({ name: `${ends[0]} to ${ends[1]}`, client: fromClient, server: fromServer, upgrade: /^upgrade:[^\r\n]*websocket/im.test(text) });
    }
    return found.sort((a, b) => b.upgrade - a.upgrade);
}
