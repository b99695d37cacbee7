"""docs/openapi.yaml, read so that an answer can be held against it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Iterator

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from endtoend.client import Answer
from endtoend.stand import REPOSITORY

SOURCE = REPOSITORY / "docs/openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    template: str

    def path(self, number: int | str = 1) -> str:
        """The path below /api/v1/ with this in the place of {id}."""
        return self.template.replace("{id}", str(number)).lstrip("/")

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class Description:
    """The whole of it."""

    @cached_property
    def document(self) -> dict[str, Any]:
        return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))

    def resolve(self, node: Any) -> Any:
        """Follows a reference inside the document."""
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            node = target
        return node

    @cached_property
    def operations(self) -> dict[Operation, dict[str, Any]]:
        return {
            Operation(method.upper(), template): item[method]
            for template, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        }

    def response(self, operation: Operation, status: int) -> dict[str, Any] | None:
        """What is described for this status; None when it is not. 404 and 405 of the router are described once for all."""
        node = self.operations[operation]["responses"].get(str(status)) if operation in self.operations else None
        return self.resolve(node) if node is not None else None

    def with_status(self, status: int) -> list[Operation]:
        """The operations that may answer so."""
        return [operation for operation, item in self.operations.items() if str(status) in item["responses"]]

    def protected(self) -> list[Operation]:
        """The operations that need a sign-in."""
        default = self.document["security"]
        return [operation for operation, item in self.operations.items() if item.get("security", default) == [{"bearer": []}]]

    def examples(self, response: dict[str, Any]) -> list[Any]:
        """The values of a response's examples."""
        content = response.get("content", {}).get("application/json", {})
        return [self.resolve(example)["value"] for example in content.get("examples", {}).values()]

    def described(self) -> Iterator[tuple[Operation, int, str | None]]:
        """Everything that is promised: operation, status and, for a failure, each of its codes."""
        for operation, item in self.operations.items():
            for status, response in item["responses"].items():
                examples = self.examples(self.resolve(response))
                codes = {example.get("error") for example in examples} if int(status) >= 400 else {None}
                for code in codes:
                    yield operation, int(status), code

    def validate(self, value: Any, schema: dict[str, Any]) -> None:
        """Fails with every place where a value is not of a schema."""
        validator = Draft202012Validator({**self.document, **schema}, format_checker=FormatChecker())
        faults = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]
        assert not faults, "\n".join(faults)

    def check(self, operation: Operation, answer: Answer, response: dict[str, Any] | None = None) -> None:
        """Fails unless the answer is one of those described: status, headers, body, and the sentence of an error."""
        response = response or self.response(operation, answer.status)
        assert response is not None, f"{operation} answers {answer.status}, which is not described: {answer}"
        for name, header in response.get("headers", {}).items():
            header, value = self.resolve(header), answer.header(name)
            assert value is not None or not header.get("required"), f"{operation} {answer.status} without {name}"
            if value is not None and header["schema"].get("type") == "integer":
                assert re.fullmatch(r"\d+", value), f"{name}: {value}"
            if const := header["schema"].get("const"):
                assert value == const, f"{name}: {value}"
        content = response.get("content")
        if content is None:
            assert answer.body == b"", f"{operation} {answer.status} has a body: {answer}"
            return
        self.validate(answer.json, content["application/json"]["schema"])
        if answer.status < 400 or answer.error is None:
            return
        examples = {example["error"]: example["message"] for example in self.examples(response) if "error" in example}
        assert answer.error in examples, f"{operation} {answer.status} {answer.error} has no example"
        # The sentence of invalid_request names the field, so there are many.
        if answer.error != "invalid_request":
            assert answer.json["message"] == examples[answer.error], f"{operation}: another sentence: {answer}"
