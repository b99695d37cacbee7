"""Students who hold, confirm and give back, and keep account of every yes they were given."""

import threading
import time

LOCKERS, STUDENTS = 12, 24
# A hold outlives every fault of these tests: one that is gone was lost, and did not expire.
HOLD_SECONDS = "600"


def fill(postgres):
    postgres.sql(f"""
        INSERT INTO locker_locations (location_id, name) VALUES (1, '정보관 2층');
        INSERT INTO locker_info (locker_id, location_id) SELECT 100 + n, 1 FROM generate_series(0, {LOCKERS - 1}) n;
        INSERT INTO users (student_id, name, phone_number) SELECT '20230' || lpad(n::text, 5, '0'), '홍길동',
            '0105555' || lpad(n::text, 4, '0') FROM generate_series(0, {STUDENTS - 1}) n;
        INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 minute', now() + interval '1 day');
        ANALYZE users, locker_info, locker_locations, application_periods""", "locker", role="locker_owner")


class Student(threading.Thread):
    def __init__(self, number, workers, stop):
        super().__init__(daemon=True)
        self.number, self.workers, self.stopping = number, workers, stop
        self.student_id = f"20230{number:05d}"
        self.token = None
        self.broken = []
        self.yes = 0
        self.unavailable = 0
        self.last_yes_at = 0.0
        # What the last answer leaves no doubt about: a locker, or None for "nothing"; unknown after a lost release.
        self.certain, self.confirmed = True, None

    def call(self, method, path, body=None):
        """Asks until there is an answer that decides: every one of these calls may be repeated."""
        turn = self.number
        while not self.stopping.is_set():
            status, answer = self.workers[turn % len(self.workers)].call(method, path, body, self.token)
            if status not in (None, 503):
                return status, answer
            self.unavailable += 1
            turn += 1
            self.stopping.wait(0.02)
        return None, None

    def sign_in(self):
        status, answer = self.call("POST", "/auth/login", {
            "student_id": self.student_id, "name": "홍길동", "phone_number": f"0105555{self.number:04d}"})
        assert status == 200, (status, answer)
        self.token = answer["access_token"]

    def run(self):
        turn = self.number
        while not self.stopping.is_set():
            turn += 1
            locker = 100 + (self.number * 7 + turn) % LOCKERS
            status, answer = self.call("POST", f"/lockers/{locker}/hold")
            if status == 409 or status is None:
                # Taken; or already_holding after a hold whose answer was lost: given back below.
                if answer and answer["error"] in ("already_holding", "already_assigned"):
                    self.give_back()
                continue
            if status not in (200, 201):
                self.broken.append(f"hold: {status} {answer}")
                continue
            self.said_yes()
            self.certain = False
            status, answer = self.call("POST", f"/lockers/{locker}/confirm")
            if status is None:
                break
            if status != 200:
                self.broken.append(f"a hold that was given is gone: {status} {answer}")
                continue
            self.said_yes()
            self.certain, self.confirmed = True, locker
            status, answer = self.call("GET", "/lockers/me")
            if status == 200 and (answer["locker"] or {}).get("locker_id") != locker:
                self.broken.append(f"a locker that was confirmed is gone: {answer}")
            if self.stopping.is_set():
                break
            self.certain = False
            status, answer = self.call("POST", f"/lockers/{locker}/release")
            if status in (200, 404):
                self.certain, self.confirmed = True, None

    def give_back(self):
        status, answer = self.call("GET", "/lockers/me")
        if status != 200:
            return
        self.certain = False
        for what, act in (("hold", "release-hold"), ("locker", "release")):
            entry = answer[what]
            if entry:
                entry = entry.get("locker", entry)
                self.call("POST", f"/lockers/{entry['locker_id']}/{act}")

    def said_yes(self):
        self.yes += 1
        self.last_yes_at = time.monotonic()


class Storm:
    def __init__(self, workers):
        self.stopping = threading.Event()
        self.students = [Student(number, workers, self.stopping) for number in range(STUDENTS)]
        for student in self.students:
            student.sign_in()

    def start(self):
        for student in self.students:
            student.start()

    def stop(self):
        self.stopping.set()
        for student in self.students:
            student.join(40)
            assert not student.is_alive()

    @property
    def yes(self):
        return sum(student.yes for student in self.students)

    @property
    def broken(self):
        return [fault for student in self.students for fault in student.broken]

    def disagreements(self, postgres):
        """What students were told last and the database does not have, after the storm."""
        rows = postgres.sql("SELECT student_id, locker_id FROM v_active_assignments WHERE state = 'confirmed'", "locker")
        owned = dict(line.split("|") for line in rows.splitlines())
        return [
            f"{student.student_id} was told {student.confirmed}, the database has {owned.get(student.student_id)}"
            for student in self.students
            if student.certain and str(student.confirmed or "") != owned.get(student.student_id, "")]


def double_owners(postgres):
    return postgres.sql("""
        SELECT count(*) FROM (
            SELECT 1 FROM locker_assignments WHERE state IN ('hold', 'confirmed') GROUP BY locker_id HAVING count(*) > 1
            UNION ALL
            SELECT 1 FROM locker_assignments WHERE state IN ('hold', 'confirmed') GROUP BY student_id HAVING count(*) > 1
        ) double""", "locker")
