# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""Headless Chromium, driven by W3C WebDriver through chromedriver; needs only Python's standard library."""
import base64
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-default-apps", "--disable-client-side-phishing-detection", "--disable-domain-reliability", "--no-pings",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1", "--hide-scrollbars"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Missing(Exception):
    """The browser is not available; the text names the package."""


class Problem(Exception):
    """An error of the driver or of the page."""


def find_browser():
    for name, package in (("chromium", "chromium"), ("chromedriver", "chromium-driver")):
        if shutil.which(name) is None:
            raise Missing(f"{package} is missing (Debian package)")


class Browser:
    """One window in a separate browser process, which ends with this object."""

    name = "Chromium"

    def __init__(self, window=(1280, 900), flags=()):
        """`flags` are added to those above, and "--enable-quic" replaces "--disable-quic"."""
        find_browser()
        self.folder = tempfile.TemporaryDirectory(prefix="sockless-browser-", ignore_cleanup_errors=True)
        # A separate process group: the browser consists of many processes, and all of them have to end.
        self.driver = subprocess.Popen([shutil.which("chromedriver"), "--port=0"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        self.session = None
        try:
            for line in self.driver.stdout:
                if match := re.search(r"started successfully on port (\d+)", line):
                    self.port = int(match.group(1))
                    break
            else:
                raise Problem("chromedriver did not start")
            usual = [flag for flag in FLAGS if flag.replace("disable", "enable") not in flags]
            folder, size = f"--user-data-dir={self.folder.name}", f"--window-size={window[0]},{window[1]}"
            options = {"binary": shutil.which("chromium"), "args": [*usual, *flags, folder, size]}
            wanted = {"browserName": "chrome", "acceptInsecureCerts": True, "goog:chromeOptions": options,
                      "goog:loggingPrefs": {"browser": "ALL"}, "timeouts": {"script": 60000, "pageLoad": 60000}}
            started = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}}, timeout=120)
            self.session = started["sessionId"]
            self.version = started["capabilities"]["browserVersion"]
        except BaseException:
            self.quit()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.quit()

    def quit(self):
        if self.session:
            with contextlib.suppress(Exception):
                self.call("DELETE", f"/session/{self.session}", timeout=20)
            self.session = None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.driver.pid, signal.SIGKILL)  # only the group that this object has started
        self.driver.wait()
        self.driver.stdout.close()
        self.folder.cleanup()

    def kill(self):
        """Kills all processes of the browser, so that they send nothing. (If only the first is killed, the others close their connections.)"""
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.session = None

    def call(self, method, path, body=None, timeout=90):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = None if method != "POST" else json.dumps(body if body is not None else {})
            connection.request(method, path, data, {"Content-Type": "application/json"})
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value and "stacktrace" in value:
            raise Problem(f"{value['error']}: {value['message'][:500]}")
        return value

    def command(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Returns the result of `script`, the body of a function."""
        return self.command("POST", "/execute/sync", {"script": script, "args": arguments})

    def wait_for(self, script, *arguments):
        """Returns the result of the promise that the expression `script` evaluates to; `args` are its arguments."""
        wrapped = ("const args = [...arguments], done = args.pop();"
                   f"(async () => ({script}))().then(value => done({{ value }}), problem => done({{ problem: String(problem) }}));")
        answer = self.command("POST", "/execute/async", {"script": wrapped, "args": arguments})
        if "problem" in answer:
            raise Problem(answer["problem"])
        return answer.get("value")

    def until(self, condition, seconds=20):
        """Waits until the expression is true in the page."""
        script = ("new Promise((good, bad) => { const began = performance.now(), look = () => {"
                  f"let value; try {{ value = {condition}; }} catch (problem) {{ value = false; }}"
                  f"if (value) good(value); else if (performance.now() - began > {seconds * 1000})"
                  "bad('not within the time'); else setTimeout(look, 20); }; look(); })")
        try:
            return self.wait_for(script)
        except Problem as problem:
            raise Problem(f"{problem}: {condition}") from None

    def element(self, css):
        return self.command("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def click(self, css):
        self.command("POST", f"/element/{self.element(css)}/click")

    def type(self, css, text):
        element = self.element(css)
        self.command("POST", f"/element/{element}/clear")
        self.command("POST", f"/element/{element}/value", {"text": text})

    def choose_file(self, css, path):
        self.command("POST", f"/element/{self.element(css)}/value", {"text": str(path)})

    def new_tab(self):
        return self.command("POST", "/window/new", {"type": "tab"})["handle"]

    def tab(self):
        return self.command("GET", "/window")

    def close_tab(self):
        self.command("DELETE", "/window")

    def switch_to(self, handle):
        self.command("POST", "/window", {"handle": handle})

    def devtools(self, command, **parameters):
        return self.command("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.command("GET", "/screenshot")))

    def complaints(self):
        """Returns the errors that the page has written to the console since the last call."""
        return [line["message"] for line in self.command("POST", "/se/log", {"type": "browser"})
                if line["level"] == "SEVERE"]
