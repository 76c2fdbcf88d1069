import { z } from 'zod';

/**
 * The fields that `deploy/compose.yaml` has; one that is not here is most likely misspelt. What every
 * service has to have is not optional, and what has to be so is a literal.
 */

const word = z.string().min(1);
const duration = z.string().regex(/^\d+(ms|s|m)$/);

const service = z.strictObject({
  image: word,
  build: z.strictObject({ context: word }).optional(),
  user: word.optional(),
  command: z.array(word).optional(),
  depends_on: z
    .record(word, z.strictObject({ condition: z.literal('service_healthy') }))
    .optional(),
  environment: z.record(word, z.string()).optional(),
  env_file: z.array(word).optional(),
  ports: z.array(word).optional(),
  volumes: z.array(word).optional(),
  tmpfs: z.array(word).optional(),
  secrets: z.array(word).optional(),
  networks: z.array(word).min(1),
  ulimits: z.strictObject({ nofile: z.int().min(1024) }).optional(),
  stop_grace_period: duration.optional(),
  healthcheck: z
    .strictObject({ test: z.array(word).min(2), interval: duration, timeout: duration })
    .optional(),
  deploy: z.strictObject({
    replicas: z.int().min(1).optional(),
    resources: z.strictObject({
      limits: z.strictObject({
        cpus: z.string().regex(/^\d+(\.\d+)?$/),
        memory: z.string().regex(/^\d+[MG]$/),
        pids: z.int().min(1),
      }),
    }),
  }),
  restart: z.literal('unless-stopped'),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  logging: z.strictObject({
    driver: z.literal('local'),
    options: z.strictObject({ 'max-size': word, 'max-file': z.string() }),
  }),
});

export const composeShape = z.strictObject({
  name: word,
  'x-hardened': z.unknown(),
  services: z.record(word, service),
  networks: z.record(word, z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(word, z.strictObject({})),
  secrets: z.record(word, z.strictObject({ file: word })),
});

export type Compose = z.output<typeof composeShape>;
export type Service = z.output<typeof service>;
