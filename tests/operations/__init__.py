"""Operations as frontends send them, each with the answer of the tests' world and the statement it cost.

A changed answer or a changed statement shows up as a difference to read. Record them again with
`python -m tests.operations`, and review what `git diff tests/operations` says.
"""
