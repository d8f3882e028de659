"""Logs: one JSON object a line in production, readable lines in development. No request body and no secret goes in."""

import logging

import structlog


def configure_logs(level: str, *, as_json: bool) -> None:
    """Set up logging for the process.

    Args:
        level: the least severe that is written: DEBUG, INFO, WARNING or ERROR.
        as_json: one JSON object a line, for machines.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(exception_formatter=_plain)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
    )


#: Tracebacks without the values of variables: those may hold what readers wrote, and secrets.
_plain = structlog.dev.plain_traceback
