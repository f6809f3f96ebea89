/** One nginx that is behind every address of loopback: as many hosts as somebody wants. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contestant } from './contestant.ts'
import { spawnContestant } from './contestant.ts'
import { findTool } from './peers.ts'

const PORT = 21_950

export async function startManyHostsBackend(folder: string): Promise<Contestant> {
  const nginx = findTool('nginx', 'NGINX')
  if (nginx === undefined) throw new Error('nginx is needed as the backend')
  const config = join(folder, 'many-hosts-backend.conf')
  writeFileSync(config, text(folder))
  return spawnContestant('backend', { http: PORT, routes: PORT, accessLog: PORT }, [nginx, '-c', config])
}

function text(folder: string): string {
  return `daemon off; master_process off; error_log ${folder}/nginx.log; pid ${folder}/nginx.pid;
worker_rlimit_nofile 100000;
events { worker_connections 50000; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 0.0.0.0:${PORT} backlog=8192; location / { return 200 "ok"; } }
}
`
}
