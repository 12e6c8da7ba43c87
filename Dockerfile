# One image for every process: `api`, `worker` and `migrate`, or `serve` for everything in one.
#
#   docker build --tag ml-prediction-system .                                # runs on CPUs
#   docker build --tag ml-prediction-system:cuda --build-arg TORCH=cuda .    # on NVIDIA GPUs too; several GB larger

# Both stages start here: the virtual environment only works beside the Python that made it.
FROM python:3.11.16-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84 AS base

FROM base AS builder
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    VIRTUAL_ENV=/opt/predictor
WORKDIR /src

# The dependencies have a layer of their own, since they change far less often than the code. Nothing is installed whose
# hash the lock files do not have. uv rather than pip: it knows where PyTorch publishes its builds without CUDA.
COPY requirements requirements
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements/build.lock && \
    uv venv "$VIRTUAL_ENV"
# cpu: PyTorch's build for CPUs. cuda: what the package index has, which on x86-64 carries CUDA; the choice too
# where only that index, or a mirror of it, can be reached.
ARG TORCH=cpu
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --no-deps --require-hashes --requirement requirements/runtime.lock && \
    case "$TORCH" in \
      cpu) uv pip install --no-deps --require-hashes --torch-backend cpu --requirement requirements/torch-cpu.lock ;; \
      cuda) uv pip install --no-deps --require-hashes \
        --requirement requirements/torch.lock --requirement requirements/cuda.lock ;; \
      *) echo "TORCH is cpu or cuda" >&2; exit 1 ;; \
    esac && \
    uv pip check

COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . && \
    uv pip install --no-deps --no-index /wheels/*.whl

FROM base
LABEL org.opencontainers.image.title="ml-prediction-system" \
      org.opencontainers.image.description="Image classification: HTTP API, prediction engine and migrations" \
      org.opencontainers.image.licenses="Apache-2.0"

# A fixed number, so that the owner of a mounted folder can be set from outside. A new volume takes over the owner
# of the folder that it is mounted on.
RUN groupadd --gid 10001 predictor && \
    useradd --uid 10001 --gid predictor --home-dir /data --no-create-home --shell /usr/sbin/nologin predictor && \
    install --directory --owner predictor --group predictor /data
COPY --from=builder /opt/predictor /opt/predictor

# With a read-only root only /data and /tmp are written: pictures, the embedded database and downloaded weights go
# to /data. The byte code is in the image already.
ENV PATH=/opt/predictor/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    TORCH_HOME=/data/torch \
    PREDICTOR_DATA_DIR=/data \
    PREDICTOR_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
EXPOSE 5000
# No HEALTHCHECK: it would be the same for every process, and only some of them speak HTTP. See deploy/compose.yaml.
ENTRYPOINT ["predictor"]
CMD ["serve"]
