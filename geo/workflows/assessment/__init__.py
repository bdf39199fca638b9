"""The steps of an assessment, one module each; `geo.workflows.assess_coverage` runs them in order."""
