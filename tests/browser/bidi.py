# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Headless Firefox, driven by WebDriver BiDi over a WebSocket; needs only Python's standard library.

`Browser` has the part of webdriver.Browser that the test page needs.
"""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import raw
from webdriver import Missing, Problem

# Firefox sets the other preferences of an automated browser itself.
PREFERENCES = {"app.normandy.enabled": False, "browser.region.network.url": "", "browser.shell.checkDefaultBrowser": False,
               "datareporting.policy.dataSubmissionEnabled": False, "extensions.systemAddon.update.enabled": False,
               "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
               "security.OCSP.enabled": 0, "services.settings.server": "data:,none", "toolkit.telemetry.server": ""}


class Browser:
    """One window in a separate browser process, which ends with this object."""

    name = "Firefox"

    def __init__(self):
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if program is None:
            raise Missing("firefox-esr is missing (Debian package)")
        self.folder = tempfile.TemporaryDirectory(prefix="sockless-browser-", ignore_cleanup_errors=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (Path(self.folder.name) / "user.js").write_text("".join(lines))
        self.end = None
        self.log = []
        self.number = 0
        # A separate process group: the browser consists of many processes, and all of them have to end.
        self.process = subprocess.Popen([program, "--headless", "--no-remote", "--profile", self.folder.name,
                                         "--remote-debugging-port", "0", "about:blank"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                                        start_new_session=True, env={**os.environ, "HOME": self.folder.name})
        try:
            for line in self.process.stderr:
                if match := re.search(r"WebDriver BiDi listening on ws://127\.0\.0\.1:(\d+)", line):
                    self.connect(int(match.group(1)))
                    break
            else:
                raise Problem("Firefox did not start")
        except BaseException:
            self.quit()
            raise

    def connect(self, port):
        self.end = raw.open_client(port, line="GET /session HTTP/1.1", host=f"127.0.0.1:{port}")
        self.end.sock.settimeout(90)
        started = self.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.version = started["capabilities"]["browserVersion"]
        self.call("session.subscribe", events=["log.entryAdded"])
        self.context = self.call("browsingContext.getTree", maxDepth=0)["contexts"][0]["context"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.quit()

    def quit(self):
        self.kill()
        if self.end:
            self.end.sock.close()
        self.process.wait()
        self.process.stderr.close()
        self.folder.cleanup()

    def kill(self):
        """Ends all processes of the browser."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # only the group that this object has started

    def call(self, method, **parameters):
        self.number += 1
        command = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        self.end.send(raw.frame(raw.TEXT, command, mask=raw.MASK))
        while True:
            message = json.loads(self.message())
            if message.get("method") == "log.entryAdded":
                self.log.append(message["params"])
            elif message.get("id") == self.number:
                if message["type"] == "error":
                    raise Problem(f"{message['error']}: {message['message'][:500]}")
                return message["result"]

    def message(self):
        whole = b""
        while True:
            first, payload, _ = self.end.frame()
            if first & 0xF == raw.PING:
                self.end.send(raw.frame(raw.PONG, payload, mask=raw.MASK))
            elif first & 0x8:
                raise Problem("Firefox has ended")
            else:
                whole += payload
                if first & 0x80:
                    return whole

    def open(self, url):
        self.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def wait_for(self, script, *arguments):
        """Returns the result of the promise that the expression `script` evaluates to; `args` are its arguments."""
        function = f"async text => {{ const args = JSON.parse(text); return JSON.stringify(await ({script}) ?? null); }}"
        answer = self.call("script.callFunction", functionDeclaration=function, awaitPromise=True, target={"context": self.context},
                           arguments=[{"type": "string", "value": json.dumps(arguments)}])
        if answer["type"] != "success":
            raise Problem(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def run(self, script):
        """Runs the statements."""
        self.wait_for(f"(() => {{ {script} }})()")

    def until(self, condition, seconds=20):
        """Waits until the expression is true in the page."""
        try:
            self.wait_for("new Promise((good, bad) => { const began = performance.now(), look = () => {"
                          f"let value; try {{ value = {condition}; }} catch (problem) {{ value = false; }}"
                          f"if (value) good(true); else if (performance.now() - began > {seconds * 1000})"
                          "bad('not within the time'); else setTimeout(look, 20); }; look(); })")
        except Problem as problem:
            raise Problem(f"{problem}: {condition}") from None

    def click(self, css):
        self.wait_for("document.querySelector(args[0]).click()", css)

    def type(self, css, text):
        self.wait_for("(() => { const e = document.querySelector(args[0]); e.value = args[1];"
                      "for (const name of ['input', 'change']) e.dispatchEvent(new Event(name, {bubbles: true})); })()", css, text)

    def new_tab(self):
        return self.call("browsingContext.create", type="tab")["context"]

    def tab(self):
        return self.context

    def close_tab(self):
        self.call("browsingContext.close", context=self.context)

    def switch_to(self, context):
        self.context = context

    def complaints(self):
        """Returns the errors that the page has written to the console since the last call."""
        self.call("session.status")  # after this, all earlier entries have arrived
        entries, self.log = self.log, []
        return [entry["text"] for entry in entries if entry["level"] == "error"]
