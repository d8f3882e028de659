"""The floor: for each query the fastest Starlette route that could be written by hand."""
