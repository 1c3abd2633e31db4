// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// The page: input, permalinks, and the report as tables that are linked with the bytes.
"use strict";

const MAX_SHOWN = 512; // bytes of one part
const MAX_LINK = 32768;
const OPEN_BLOCKS = 4;
const byId = id => document.getElementById(id);

function element(name, attributes = {}, ...children) {
    const result = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
        if (value !== undefined && value !== "")
            result.setAttribute(key, value);
    result.append(...children.flat().filter(child => child !== undefined));
    return result;
}

// Returns text in which a clause is a link.
function linked(text) {
    return text.split(/(RFC \d+(?: \d[\d.]*)?)/).map(part => {
        const clause = part.match(/^RFC (\d+)(?: (\d[\d.]*))?$/);
        if (!clause)
            return part;
        const section = clause[2] ? `#section-${clause[2]}` : "";
        return element("a", { href: `https://www.rfc-editor.org/rfc/rfc${clause[1]}${section}`, rel: "noreferrer" }, part);
    });
}

const imports = inflaterImports(() => library.memory);
let library; // undefined until the module is compiled
const loading = WebAssembly.instantiate(pako.inflateRaw(bytesOfBase64(WASM)), {
    page: imports,
    env: { emscripten_notify_memory_growth() {} },
    wasi_snapshot_preview1: { proc_exit() {} },
}).then(({ instance }) => {
    library = instance.exports;
    library._initialize();
});

// Returns the report of the library.
function inspect(client, server, extensions, flags = 0) {
    imports.begin();
    const input = join([client, server, bytesOfText(extensions)]);
    const room = library.room(input.length);
    new Uint8Array(library.memory.buffer).set(input, room);
    const size = library.inspect(client.length, server.length, flags);
    return JSON.parse(new TextDecoder().decode(new Uint8Array(library.memory.buffer, library.result(), size)));
}

function rangeText({ begin, end }) {
    return end - begin <= 1 ? `${begin}` : `${begin} to ${end - 1}`;
}

function overlaps(one, other) {
    return one.begin < other.end && other.begin < one.end;
}

// Returns the bits of a byte that belong to a field, the others as dots.
function bitsText(byte, bits) {
    return Array.from({ length: 8 }, (_, i) => (bits >> (7 - i) & 1 ? byte >> (7 - i) & 1 : "·")).join("");
}

// Returns the bytes of a block, cut where a field begins or ends.
function bytesView(block, bytes, broken) {
    const view = element("div", { class: "bytes", "aria-label": "bytes" });
    const ranges = [...block.fields, ...(broken ? [broken] : [])];
    const cuts = new Set([block.begin, block.end, ...ranges.flatMap(each => [each.begin, each.end])]);
    const marks = [...cuts].filter(at => at >= block.begin && at <= block.end).sort((a, b) => a - b);
    for (let i = 0; i + 1 < marks.length; ++i) {
        const piece = { begin: marks[i], end: marks[i + 1] };
        const shown = bytes.subarray(piece.begin, Math.min(piece.end, piece.begin + MAX_SHOWN));
        const fields = block.fields.flatMap((field, index) => (overlaps(field, piece) ? [index] : []));
        const span = element("span", { "data-fields": fields.join(" "), class: broken && overlaps(broken, piece) ? "bad" : "" });
        if (block.head)
            span.append(...visible(shown));
        else
            span.append(hexOf(shown));
        const more = piece.end - piece.begin - shown.length;
        view.append(span, more > 0 ? ` … ${more} more bytes` : "", block.head ? "" : " ");
    }
    return view;
}

// Returns the text of a head; its line ends and other bytes that are not visible are escaped.
function visible(bytes) {
    return Array.from(bytes, byte => String.fromCharCode(byte)).join("").split(/([^ -~]+)/).map(part => (/^[ -~]*$/.test(part) ? part
        : element("span", { class: "end" }, Array.from(part, c => ({ "\r": "\\r", "\n": "\\n\n" }[c] ?? `\\x${hexOf([c.charCodeAt(0)])}`)).join(""))));
}

// Returns whether a rule is about a field: about its bytes and, where both are parts of one byte, about its bits.
function isAbout(broken, field) {
    return broken !== undefined && overlaps(field, broken) && (!broken.bits || !field.bits || (broken.bits & field.bits) !== 0);
}

function fieldRow(field, index, bytes, broken) {
    const bits = field.bits ? element("span", { class: "note" }, bitsText(bytes[field.begin], field.bits)) : undefined;
    return element("tr", { tabindex: 0, "data-field": index, class: isAbout(broken, field) ? "bad" : "" },
        element("th", { scope: "row" }, field.name),
        element("td", { class: "number" }, rangeText(field), bits),
        element("td", { class: "value" }, field.value),
        element("td", { class: "note" }, linked(field.note)));
}

// Highlights the rows and bytes of a block that belong to `fields`.
function highlight(parts, fields) {
    for (const each of parts.querySelectorAll("[data-field], [data-fields]")) {
        const own = (each.dataset.field ?? each.dataset.fields).split(" ");
        each.classList.toggle("on", fields.some(field => own.includes(field)));
    }
}

function fieldsUnder(target) {
    const found = target.closest?.("[data-field], [data-fields]");
    return found ? (found.dataset.field ?? found.dataset.fields).split(" ").filter(each => each !== "") : [];
}

function blockView(block, bytes, broken, open) {
    const own = broken && (overlaps(broken, block) || broken.begin === block.end) ? broken : undefined;
    const view = element("details", { class: [own ? "bad" : "", block.head ? "head" : ""].join(" ").trim() },
        element("summary", {}, block.title, element("span", { class: "note" }, ` · bytes ${rangeText(block)}`)));
    view.addEventListener("toggle", () => {
        if (!view.open || view.querySelector(".parts"))
            return;
        const table = element("table", { class: "fields" },
            element("thead", {}, element("tr", {}, ["Field", "Bytes", "Value", "Meaning"].map(name => element("th", { scope: "col" }, name)))),
            element("tbody", {}, block.fields.map((field, index) => fieldRow(field, index, bytes, own))));
        const parts = element("div", { class: "parts" }, element("div", {}, table), bytesView(block, bytes, own));
        // Not "pointerover", which a page that scrolls under the pointer causes, too.
        for (const kind of ["pointermove", "focusin"])
            parts.addEventListener(kind, event => highlight(parts, fieldsUnder(event.target)));
        for (const kind of ["pointerleave", "focusout"])
            parts.addEventListener(kind, () => highlight(parts, []));
        parts.addEventListener("keydown", event => {
            const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
            const row = to && event.target.closest("tr[tabindex]")?.[to];
            if (row) {
                event.preventDefault();
                row.focus();
            }
        });
        view.append(parts);
    });
    view.open = open || own !== undefined;
    return view;
}

function brokenView(stream) {
    const { broken } = stream;
    const where = broken.begin >= stream.size ? "at the end" : `at byte ${rangeText(broken)}`;
    const detail = broken.detail ? ` (${broken.detail})` : "";
    const reply = stream.answer ? `A server answers: ${stream.answer}. `
        : broken.close !== 1006 ? `The receiver fails the connection with close code ${broken.close}. ` : "";
    return element("div", { class: "broken" },
        element("p", {}, element("strong", {}, broken.name), `, ${where}${detail}: `, linked(broken.sentence), "."),
        element("p", { class: "note" }, `${broken.group[0].toUpperCase()}${broken.group.slice(1)}. ${reply}${stream.unread ? `${stream.unread} bytes after it are not read.` : ""}`));
}

function itemsView(stream) {
    const rows = stream.items.map(item => {
        const facts = [item.frames > 1 ? `${item.frames} frames` : "",
            item.compressed ? `${item.wire} bytes compressed` : "", item.meaning].filter(fact => fact);
        return element("tr", {}, element("th", { scope: "row" }, item.kind), element("td", { class: "number" }, rangeText(item)),
            element("td", { class: "number" }, `${item.size}`),
            element("td", { class: "value" }, item.kind === "close" ? `${item.code} ${item.size ? item.payload : ""}` : item.payload),
            element("td", { class: "note" }, facts.join(", ")));
    });
    return element("div", { class: "scroll" }, element("table", { class: "items" },
        element("thead", {}, element("tr", {}, ["Message", "Bytes", "Size", "Payload", ""].map(name => element("th", { scope: "col" }, name)))),
        element("tbody", {}, rows)));
}

const HEADS = {
    incomplete: "The head is incomplete: it has no empty line.", request: "A valid upgrade request.", open: "A valid response: the connection is open.",
    refused: "The server refuses the connection.", plain: "A request for something else than a WebSocket.",
};

function streamView(stream, bytes) {
    const view = element("section", { id: `from-${stream.sender}` }, element("h2", {}, `From the ${stream.sender}: ${stream.size} bytes`));
    if (stream.broken)
        view.append(brokenView(stream));
    const notes = [HEADS[stream.head], stream.subprotocol ? `The subprotocol is ${stream.subprotocol}.` : undefined, ...stream.notes];
    if (stream.missing)
        notes.push(`The last frame is incomplete: at least ${stream.missing} bytes are missing.`);
    for (const note of notes.filter(note => note))
        view.append(element("p", { class: "note" }, linked(note)));
    if (stream.items.length)
        view.append(element("h3", {}, "Messages and control frames"), itemsView(stream));
    view.append(element("h3", {}, "Heads and frames"));
    stream.blocks.forEach((block, index) => view.append(blockView(block, bytes, stream.broken, index < OPEN_BLOCKS)));
    if (stream.omitted)
        view.append(element("p", { class: "note" }, `${stream.omitted} more frames are not shown.`));
    return view;
}

function say(text, bad = false) {
    byId("message").textContent = text;
    byId("message").classList.toggle("bad", bad);
}

// The first frame of a direction has the mask of the other one: a hint is better than an error alone.
function isSwapped(streams) {
    return streams.some(stream => ["mask_missing", "mask_unexpected"].includes(stream.broken?.name) && stream.broken.begin === 1);
}

let ends = 0; // of a capture: which directions have ended
function run() {
    if (library === undefined)
        return loading.then(run);
    const format = byId("format").value;
    byId("result").replaceChildren();
    let inputs;
    try {
        inputs = ["client", "server"].map(id => bytesOf(byId(id).value, format));
    } catch (problem) {
        if (!(problem instanceof InputError))
            throw problem;
        return say(`Not understood: ${problem.message}.`, true);
    }
    const report = inspect(...inputs, byId("extensions").value.trim(), ends);
    report.streams.forEach((stream, index) => {
        if (stream.size)
            byId("result").append(streamView(stream, inputs[index]));
    });
    if (report.deflate) {
        const [client, server] = report.deflate.map(({ bits, takeover }) => `a window of ${bits} bits${takeover ? "" : " and no context takeover"}`);
        byId("result").prepend(element("p", { class: "note" }, `permessage-deflate is in use: the client compresses with ${client}, the server with ${server}.`));
    }
    const broken = report.streams.filter(stream => stream.broken).map(stream => `${stream.broken.name} from the ${stream.sender}`);
    const hint = isSwapped(report.streams) ? ". Are the bytes those of the other end? Swap exchanges the directions" : "";
    const total = inputs[0].length + inputs[1].length;
    say(total === 0 ? "There are no bytes." : broken.length ? `${broken.join("; ")}${hint}.` : "No rule is broken.", broken.length > 0);
    history.replaceState(null, "", permalink() ?? "#");
}

// Returns the fragment that has the input; undefined if that is too long.
function permalink() {
    const parameters = new URLSearchParams();
    for (const id of ["client", "server", "extensions"])
        if (byId(id).value)
            parameters.set(id, byId(id).value);
    if (byId("format").value !== "detect")
        parameters.set("format", byId("format").value);
    const text = `#${parameters}`;
    return text.length <= MAX_LINK ? text : undefined;
}

function load(values) {
    for (const id of ["client", "server", "extensions"])
        byId(id).value = values[id] ?? "";
    byId("format").value = ["hex", "base64", "text"].includes(values.format) ? values.format : "detect";
    ends = values.ends ?? 0;
    run();
}

function loadFragment() {
    if (location.hash.length > 1)
        load(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
}

async function loadCapture(file) {
    let found;
    try {
        found = connectionsOf(new Uint8Array(await file.arrayBuffer()));
        if (found.length === 0)
            throw new InputError("no TCP connection with data");
    } catch (problem) {
        byId("connections-label").hidden = true;
        return say(problem instanceof InputError ? `${file.name}: ${problem.message}.` : `${file.name} is malformed.`, true);
    }
    byId("connections").replaceChildren(...found.map(({ name, upgrade }, index) => element("option", { value: index }, name + (upgrade ? "" : ", no upgrade"))));
    byId("connections-label").hidden = false;
    byId("connections").onchange = () => {
        const { client, server } = found[Number(byId("connections").value)];
        load({ client: hexOf(client.bytes), server: hexOf(server.bytes), extensions: "", ends: (client.ended ? 1 : 0) + (server.ended ? 2 : 0) });
        if (client.gap || server.gap)
            say(`${byId("message").textContent} The capture lacks packets: the bytes end at the first gap.`, true);
    };
    byId("connections").onchange();
}

EXAMPLES.forEach(([name], index) => byId("example").append(element("option", { value: index }, name)));
byId("example").addEventListener("change", event => {
    const [, client, server, extensions] = EXAMPLES[event.target.value] ?? ["", "", "", ""];
    load({ client, server, extensions });
});
byId("form").addEventListener("submit", event => {
    event.preventDefault();
    run();
});
for (const id of ["client", "server"])
    byId(id).addEventListener("input", () => { ends = 0; });
byId("swap").addEventListener("click", () => {
    [byId("client").value, byId("server").value] = [byId("server").value, byId("client").value];
    ends = 0;
    run();
});
byId("clear").addEventListener("click", () => {
    byId("form").reset();
    byId("connections-label").hidden = true;
    load({});
    say("");
});
byId("link").addEventListener("click", async () => {
    run();
    if (permalink() === undefined)
        return say("The input is too long for a link.", true);
    try {
        await navigator.clipboard.writeText(location.href);
        say("The link is copied.");
    } catch {
        say("The link is in the address bar.");
    }
});
byId("file").addEventListener("change", event => event.target.files[0] && loadCapture(event.target.files[0]));
addEventListener("hashchange", loadFragment);
for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, event => {
        if (!event.dataTransfer.types.includes("Files"))
            return;
        event.preventDefault();
        document.body.classList.toggle("over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files[0])
            loadCapture(event.dataTransfer.files[0]);
    });
}
loading.then(loadFragment);
