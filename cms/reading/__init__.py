"""The reader: a selection of fields becomes one SQL statement, and its rows become the answer.

`entity` says what can be read, `request` what was asked, `planning` brings the two together as a flat list of levels,
`sqlite` and `postgres` write the statement, `assembling` turns rows into the answer, and `reader` is the front door.
"""
