"""The wall of lockers that the tests look at, and the invented people in front of it."""

from __future__ import annotations

from endtoend.people import Student
from endtoend.stand import Stand

HONG = Student("2023321234", "홍길동", "01012345678")
KIM = Student("2023325678", "김철수", "01087654321")

# A place, and its lockers: the second digit is the row, the rest the column.
WALL = {
    "정보관 B1 엘리베이터 옆": [f"1{row}{column:02d}" for row in (1, 2) for column in range(1, 6)],
    "정보관 2층": [f"2{row}{column:02d}" for row in (1, 2, 3) for column in range(1, 13)],
    "정보관 3층": [f"3{row}{column:02d}" for row in (1, 2) for column in range(1, 5)],
    "과학도서관 6층 620호 옆": ["401", "402", "403"],
}


class Scene:
    """A stand whose database holds this wall, all free, a period that is open, and 홍길동 and 김철수."""

    def __init__(self, stand: Stand):
        self.stand = stand
        self.world = stand.world
        sql = self.world.sql
        sql("TRUNCATE locker_assignments RESTART IDENTITY")
        sql("DELETE FROM locker_info")
        sql("DELETE FROM locker_locations")
        sql("DELETE FROM auth_failures")
        for number, (place, lockers) in enumerate(WALL.items(), 1):
            sql("INSERT INTO locker_locations (location_id, name) VALUES (%s, %s)", number, place)
            sql(
                "INSERT INTO locker_info (locker_id, location_id) SELECT n, %s FROM unnest(%s::int[]) n",
                number,
                [int(locker) for locker in lockers],
            )
        for student in (HONG, KIM):
            sql(
                "INSERT INTO users (student_id, name, phone_number) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                student.student_id,
                student.name,
                student.phone_number,
            )
        self.period("-1 hour", "30 days")

    def period(self, opens: str | None, closes: str | None = None) -> None:
        """The only period from now on: SQL intervals from now; None for no period at all."""
        self.world.sql("DELETE FROM application_periods")
        if opens is not None:
            self.world.sql(
                "INSERT INTO application_periods (opens_at, closes_at) "
                "VALUES (clock_timestamp() + %s::interval, clock_timestamp() + %s::interval)",
                opens,
                closes,
            )

    def seconds_until_opening(self) -> float:
        """By the database's clock, which decides."""
        return float(self.world.value("SELECT extract(epoch FROM opens_at - clock_timestamp()) FROM application_periods"))

    def disable(self, locker: int) -> None:
        """Takes a locker out of service."""
        self.world.sql("UPDATE locker_info SET disabled_at = clock_timestamp() WHERE locker_id = %s", locker)

    def hold(self, student: Student, locker: int, token: str | None = None) -> str:
        """The student holds a locker, from another device. Gives the access token used."""
        token = token or self.stand.sign_in(student)
        answer = self.stand.client().post(f"lockers/{locker}/hold", token=token)
        assert answer.status in (200, 201), answer
        return token

    def take(self, student: Student, locker: int) -> str:
        """The student has a locker, from another device."""
        token = self.hold(student, locker)
        answer = self.stand.client().post(f"lockers/{locker}/confirm", token=token)
        assert answer.status == 200, answer
        return token

    def fill(self, lockers: list[int]) -> None:
        """Somebody has each of these. Straight in the database: hundreds of sign-ins would only cost time."""
        for student, locker in zip(self.world.students(len(lockers)), lockers):
            self.world.sql("UPDATE locker_info SET owner = %s WHERE locker_id = %s", student.student_id, locker)
            self.world.sql(
                "INSERT INTO locker_assignments (locker_id, student_id, state, confirmed_at) "
                "VALUES (%s, %s, 'confirmed', clock_timestamp())",
                locker,
                student.student_id,
            )

    def state(self, locker: int) -> str:
        """available, held, confirmed, disabled: what the database says."""
        return self.world.value("SELECT state FROM v_locker_states WHERE locker_id = %s", locker)
