#!/bin/sh
# Makes the secrets of compose.yaml in a folder (secrets/ beside this file), and keeps those there are.
set -eu
folder=${1:-$(dirname "$0")/secrets}

random() { od -An -v -N 24 -t x1 /dev/urandom | tr -d ' \n'; }

# The user of a container is not who runs this: files can be read by all, the folder by its owner only.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

if [ -e "$folder/gateway.env" ]; then
  echo "$folder has secrets already: remove it to have new ones" >&2
  exit 1
fi

admin_token=$(random)
redis_password=$(random)
printf '%s' "$admin_token" > "$folder/admin-token"
printf 'requirepass %s\n' "$redis_password" > "$folder/redis.conf"
random > "$folder/grafana-password"
cat > "$folder/gateway.env" <<SETTINGS
ADMIN_TOKEN=$admin_token
REDIS_URL=redis://:$redis_password@redis:6379
# Without a key the gateway answers from its sandbox.
TOKENMETRICS_API_KEY=
SETTINGS
