# Irodori's base: color drawings, and the studio. No PyTorch.
#
#   docker build -t irodori .
#   docker run --rm -v "$PWD:/work" irodori colorize drawing.png

FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /wheels

FROM python:3.12-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -r /wheels \
    && useradd --create-home --uid 1000 irodori
USER irodori
WORKDIR /work
EXPOSE 8765
ENTRYPOINT ["irodori"]
CMD ["--help"]
