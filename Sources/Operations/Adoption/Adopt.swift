internal import Postgres

extension Act {
    /// Takes over an old server's data. Only where no question is left.
    public static func adopt(_ plan: AdoptionPlan, source: String) -> Act {
        Act(
            "adopt", [("source", source)], call: "operator_adopt($1::text::jsonb)", [.text(plan.json)],
            destroys: false, refreshesPlans: true)
    }
}
