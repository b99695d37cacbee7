"""Signs schemathesis in. A token for each request: among what it tries are the calls that end a session."""

import os

import requests
import schemathesis


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Lockers that there are, half of the time: a number out of thin air is always a 404."""
    number = (path_parameters or {}).get("id")
    if isinstance(number, int) and not isinstance(number, bool) and number % 2:
        path_parameters["id"] = 101 + number % 6
    return path_parameters


@schemathesis.auth(refresh_interval=None)
class SignIn:
    """Posts the student that the environment names."""

    def get(self, case, context):
        """A fresh access token."""
        answer = requests.post(
            os.environ["LOCKER_API"] + "/auth/login",
            json={
                "student_id": os.environ["LOCKER_STUDENT_ID"],
                "name": os.environ["LOCKER_STUDENT_NAME"],
                "phone_number": os.environ["LOCKER_STUDENT_PHONE"],
            },
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        """As the API wants it."""
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
