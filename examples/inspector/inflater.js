// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// An inflater for the library: an adapter of pako, which has no interface for data that continues after a final block.
"use strict";

const SYNC_FLUSH = 2;
const WINDOW = 32768;

class PageInflater {
    constructor(windowBits) {
        this.windowBits = windowBits;
        this.history = new Uint8Array(2 * WINDOW);
        this.reset();
    }

    reset() {
        this.historySize = 0;
        this.queue = [];
        this.failed = false;
        this.atBlockEnd = true;
        this.begin();
    }

    // Begins a stream with the window of the one before (RFC 7692 7.2.3.4).
    begin() {
        const dictionary = this.history.slice(Math.max(0, this.historySize - WINDOW), this.historySize);
        this.stream = new pako.Inflate({ raw: true, chunkSize: 4096, windowBits: this.windowBits, ...(dictionary.length ? { dictionary } : {}) });
        this.taken = 0;
        this.stream.onData = chunk => {
            this.keep(chunk.slice(this.taken));
            this.taken = 0;
        };
        this.stream.onEnd = () => {};
    }

    keep(bytes) {
        if (bytes.length === 0)
            return;
        this.queue.push(bytes);
        if (this.historySize + bytes.length > this.history.length) {
            this.history.copyWithin(0, Math.max(0, this.historySize - WINDOW), this.historySize);
            this.historySize = Math.min(WINDOW, this.historySize);
        }
        const last = bytes.subarray(-WINDOW);
        this.history.set(last, this.historySize);
        this.historySize += last.length;
    }

    push(byte) {
        const { strm } = this.stream;
        const good = this.stream.push(new Uint8Array([byte]), SYNC_FLUSH);
        if (this.stream.ended) {
            this.failed = !good;
            this.atBlockEnd = true;
            if (good)
                this.begin();
            return;
        }
        this.keep(strm.output.slice(this.taken, strm.next_out));
        this.taken = strm.next_out;
        this.atBlockEnd = (strm.data_type & (128 | 63)) === 128; // at the end of a block, and no bits are left
    }

    // As `page_inflate` of page.cpp.
    inflate(byte, out) {
        if (byte >= 0 && !this.failed)
            this.push(byte);
        let size = 0;
        while (this.queue.length > 0 && size < out.length) {
            const part = this.queue[0].subarray(0, out.length - size);
            out.set(part, size);
            size += part.length;
            if (part.length === this.queue[0].length)
                this.queue.shift();
            else
                this.queue[0] = this.queue[0].subarray(part.length);
        }
        if (this.failed && size === 0)
            return -1;
        return size + (this.atBlockEnd && this.queue.length === 0 ? 1 << 16 : 0);
    }
}

// Returns the functions that page.cpp imports. `memory` returns the memory of the module.
function inflaterImports(memory) {
    const inflaters = [];
    return {
        begin: () => { inflaters.length = 0; },
        open: bits => inflaters.push(new PageInflater(bits)) - 1,
        reset: number => inflaters[number].reset(),
        inflate: (number, byte, out, room) => inflaters[number].inflate(byte, new Uint8Array(memory().buffer, out, room)),
    };
}
