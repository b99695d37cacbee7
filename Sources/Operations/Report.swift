internal import Postgres

/// Something to look at: one statement whose answer is one JSON text, the same for a table and for `--json`.
public struct Report: Sendable {
    let statement: Statement
    let parameters: [Parameter]
    /// The SELECT by itself, to stand within another report.
    let body: String

    /// A list: the rows of a SELECT as an array of objects, named by its columns.
    init(list name: String, _ parameters: [Parameter] = [], sql: String) {
        statement = Statement(
            name: "report \(name)", sql: "SELECT coalesce(json_agg(to_json(r)), '[]')::text FROM (\(sql)) r")
        self.parameters = parameters
        body = sql
    }

    /// A single object: the first row of a SELECT.
    init(object name: String, _ parameters: [Parameter] = [], sql: String) {
        statement = Statement(name: "report \(name)", sql: "SELECT to_json(r)::text FROM (\(sql)) r")
        self.parameters = parameters
        body = sql
    }
}
