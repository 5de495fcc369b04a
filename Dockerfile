# The harness with what its targets need: Python for agents, iproute2 and unshare for a network of its own.
FROM node:20-bookworm-slim

RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git iproute2 libjemalloc2 procps python3 python3-venv util-linux \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /tidemark
RUN mkdir -p /home/node/.cache/tidemark && chown -R node:node /tidemark /home/node/.cache
USER node

COPY --chown=node:node package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY --chown=node:node . .
RUN npm run build && npm rebuild && mkdir -p reports/out

ENTRYPOINT ["node", "/tidemark/bin/tidemark.js"]
CMD ["--help"]
