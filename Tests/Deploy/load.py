"""Students at work, until told to stop: sign in, hold, confirm, release, look at the list. Prints one line of JSON.

Run in the network namespace of the container, against https://<domain> on 127.0.0.1. Every answer is accounted for: what
was not answered, or not whole, or with a 5xx, is a failure, and so is a student who ended before he was told to. Every yes
is written down for comparison with the database; some students confirm and never release, so that there is always one.
"""

import argparse
import http.client
import json
import signal
import socket
import ssl
import threading
import time


class Pinned(http.client.HTTPSConnection):
    """Connects to 127.0.0.1, whatever the name resolves to."""

    def connect(self):
        self.sock = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


class Student(threading.Thread):
    def __init__(self, number, arguments, context, stop):
        super().__init__(daemon=True)
        self.number, self.arguments, self.context, self.stopping = number, arguments, context, stop
        self.student_id = f"20230{number:05d}"
        self.locker = arguments.first_locker + number
        # The first of them keep what they have.
        self.keeps = number < arguments.keepers
        self.requests = 0
        # Sent again, since the kept connection was closed before anything of an answer came.
        self.resent = 0
        self.failures = []
        self.slowest = 0.0
        self.token = None
        self.connection = None
        self.confirmed = False
        # Told yes, and no release under way whose answer might be lost: the database must agree.
        self.owns = False

    def call(self, method, path, body=None):
        """One request on a kept connection. A connection that nginx closed while it was idle is opened again, as every
        client does, and counted; anything else that goes wrong is a failure."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        began = time.monotonic()
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = Pinned(self.arguments.domain, 443, timeout=15, context=self.context)
            try:
                self.connection.request(method, "/api/v1" + path, body and json.dumps(body), headers)
                response = self.connection.getresponse()
                text = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:
                    return self.fail(method, path, repr(error))
                self.resent += 1
            # HTTPException: half of an answer, or none that HTTP knows.
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                self.connection = None
                return self.fail(method, path, repr(error))
        self.requests += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        if response.status >= 500:
            return self.fail(method, path, f"{response.status} {text[:120].decode(errors='replace')}")
        try:
            return response.status, json.loads(text) if text else None
        except ValueError:
            return self.fail(method, path, f"{response.status} with {text[:120]!r}, which is no JSON")

    def fail(self, method, path, reason):
        self.failures.append(f"{time.time():.3f} {method} {path}: {reason}")
        # Without this a service that is down is asked thousands of times a second.
        self.stopping.wait(0.05)
        return None, None

    def expect(self, status, *wanted):
        if status is not None and status not in wanted:
            self.failures.append(f"{time.time():.3f} status {status} where {wanted} was expected")
        return status in wanted

    def run(self):
        try:
            self.work()
        except Exception as error:
            self.failures.append(f"{time.time():.3f} a student ended: {error!r}")

    def work(self):
        while not self.stopping.is_set():
            if self.token is None:
                status, answer = self.call("POST", "/auth/login", {
                    "student_id": self.student_id, "name": "홍길동", "phone_number": f"0105555{self.number:04d}"})
                if not self.expect(status, 200):
                    continue
                self.token = answer["access_token"]
            if not self.confirmed:
                status, _ = self.call("POST", f"/lockers/{self.locker}/hold")
                if not self.expect(status, 200, 201, 409):
                    continue
                status, _ = self.call("POST", f"/lockers/{self.locker}/confirm")
                self.confirmed = self.owns = self.expect(status, 200)
            status, answer = self.call("GET", "/lockers/me")
            if self.expect(status, 200) and not answer["locker"]:
                if self.owns:
                    self.failures.append(f"{time.time():.3f} a confirmed locker is gone")
                # Otherwise a release was done, and only its answer lost.
                self.confirmed = self.owns = False
            if self.stopping.is_set():
                break
            # While nothing answers, what one has is kept.
            if self.confirmed and status == 200 and not self.keeps:
                self.owns = False
                status, _ = self.call("POST", f"/lockers/{self.locker}/release")
                # 404: the answer to a release before this one was lost, not the release.
                if self.expect(status, 200, 404):
                    self.confirmed = False
            status, _ = self.call("GET", "/lockers")
            self.expect(status, 200)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--domain", required=True)
    parser.add_argument("--students", type=int, default=8)
    parser.add_argument("--keepers", type=int, default=2)
    parser.add_argument("--first-locker", type=int, default=1000)
    parser.add_argument("--authority", required=True, help="certificate of the test's own authority")
    arguments = parser.parse_args()
    context = ssl.create_default_context(cafile=arguments.authority)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    students = [Student(number, arguments, context, stop) for number in range(arguments.students)]
    began = time.monotonic()
    for student in students:
        student.start()
    print("started", flush=True)
    while any(student.is_alive() for student in students):
        for student in students:
            student.join(0.1)
    failures = sorted(failure for student in students for failure in student.failures)
    print(json.dumps({
        "seconds": round(time.monotonic() - began, 2),
        "requests": sum(student.requests for student in students),
        "failures": len(failures),
        "resent": sum(student.resent for student in students),
        "slowest_ms": round(1000 * max(student.slowest for student in students)),
        "confirmed": {student.student_id: student.locker for student in students if student.owns},
        "examples": failures[:5],
    }))


main()
