FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
# A new volume takes the owner of the folder that it is mounted on, so the key files can belong to the user kip alone.
RUN useradd --system kip && mkdir -p /data /keys/portal /keys/worker && chown kip /data /keys/portal /keys/worker \
    && chmod 700 /keys/portal /keys/worker
ENV KIP_HOME=/data
# Setup asks for no secret, so the image is built without one.
RUN python scripts/compile_messages.py \
    && KIP_MODE=production KIP_PROCESS=setup REDIS_URL=redis://nowhere python manage.py collectstatic --noinput --verbosity 0
USER kip
