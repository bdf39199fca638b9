# The service as an image: everything from the lock files, nothing runs as root.
#   docker compose up --build
FROM node:22-bookworm-slim AS browser-files
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/phusong \
    && /opt/phusong/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY geo geo
COPY api api
COPY maps maps
RUN /opt/phusong/bin/pip install --no-deps --no-build-isolation .
COPY --from=browser-files /build/node_modules node_modules
RUN /opt/phusong/bin/python -m maps.assets --out /opt/phusong/static --node-modules node_modules

FROM python:3.11-slim-bookworm
# rasterio and numba bring their libraries; only the time zone and certificates come from the system.
RUN groupadd --gid 10001 phusong \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/phusong --shell /usr/sbin/nologin phusong \
    && install -d -o phusong -g phusong -m 0750 /var/lib/phusong
COPY --from=build /opt/phusong /opt/phusong
COPY data /opt/phusong/data
COPY --chmod=0755 .ci/container-start /usr/local/bin/container-start
ENV PATH=/opt/phusong/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/var/lib/phusong/numba \
    PHUSONG_HOME=/var/lib/phusong \
    PHUSONG_DATA_DIR=/opt/phusong/data \
    PHUSONG_HOST=0.0.0.0 \
    PHUSONG_PORT=8000
USER 10001:10001
WORKDIR /var/lib/phusong
VOLUME /var/lib/phusong
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["container-start"]
CMD ["phusong", "serve"]
