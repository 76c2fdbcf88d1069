# One base for every stage: what it is built with is what runs. Node 20 gets no repairs any more.
FROM node:24.21.0-bookworm-slim AS base
WORKDIR /assay

# The build: everything that compiles, nothing that ships.
FROM base AS build
COPY package.json package-lock.json .npmrc ./
# The cache outlives the layer: with a warm one this needs no network.
RUN --mount=type=cache,id=npm,target=/root/.npm \
    npm ci --ignore-scripts --prefer-offline
COPY tsconfig.json tsconfig.build.json rolldown.config.ts ./
COPY src ./src
RUN npm run build && rm -f dist/.tsbuildinfo

# What the gateway needs at run time, and the bill of it.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,id=npm,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts --prefer-offline \
 && npm sbom --omit=dev --sbom-format=cyclonedx > sbom.cdx.json

# The base without what installs and compiles: 80 MB, and all that a stranger could fetch more with.
FROM base AS runtime
RUN rm -rf /usr/local/include /usr/local/lib/node_modules /opt/yarn-* /root/.npm \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /usr/local/bin/docker-entrypoint.sh

# One layer of the base, so that what was removed is not shipped.
FROM scratch
COPY --from=runtime / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000
WORKDIR /assay
# What changes least comes first. All of it belongs to root: the process can change nothing.
COPY --from=dependencies /assay/node_modules ./node_modules
COPY --from=dependencies /assay/sbom.cdx.json ./
COPY package.json ./
COPY schema/operations ./schema/operations
COPY --from=build /assay/dist ./dist
# A number: only of that Kubernetes knows that it is not root.
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "require('node:http').get({ host: '127.0.0.1', port: process.env.PORT, path: '/health/live' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# The same as `npm start`; an option of Node stands in both, and only once a measurement shows that it pays.
# Node is PID 1 and handles SIGTERM itself: it drains and ends.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "dist/main.js"]
