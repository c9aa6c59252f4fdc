// Varnish and nginx in front of Karcis, one process tree each.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/service.ts'
import { type Server, startServer } from '../children.ts'

const PROBE = '/health/live'

interface Front {
  readonly program: string
  readonly folder: string
  readonly origin: Server
}

/** Keeps what the origin's Cache-Control lets it keep, and serves it stale while it asks again. */
export async function startVarnish({ program, folder, origin }: Front): Promise<Server> {
  const [port, file] = [await freePort(), join(folder, 'bench.vcl')]
  await writeFile(
    file,
    `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${origin.port}"; }
sub vcl_backend_response { set beresp.grace = 5m; }
sub vcl_deliver { set resp.http.X-Cache = obj.hits; }
`,
  )
  return startServer(
    [
      // The bench's folder is its user's alone, and Varnish would read it as another one.
      ...[program, '-j', 'none', '-F', '-n', join(folder, 'varnish'), '-T', 'none'],
      ...['-a', `127.0.0.1:${port}`, '-f', file, '-s', 'malloc,64m'],
      // These clients ask for plain bytes, as all clients here do. Otherwise it keeps gzip and unpacks for each of them.
      ...['-p', 'http_gzip_support=off'],
    ],
    { port, probe: PROBE, core: 'server', logFile: join(folder, 'varnish.log') },
  )
}

export async function startNginx({ program, folder, origin }: Front): Promise<Server> {
  const [port, home] = [await freePort(), join(folder, 'nginx')]
  await mkdir(home, { recursive: true })
  const file = join(home, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${home}/${kind};`)
    .join(' ')
  await writeFile(
    file,
    `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off; worker_processes 1; pid ${home}/pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; ${temporary}
  # A load generator keeps its connections longer than browsers do.
  keepalive_requests 100000000;
  proxy_cache_path ${home}/cache keys_zone=answers:8m max_size=64m;
  upstream karcis { server 127.0.0.1:${origin.port}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://karcis; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache answers; proxy_cache_lock on; proxy_cache_background_update on;
      proxy_cache_use_stale updating error timeout; add_header X-Cache $upstream_cache_status;
    }
  }
}
`,
  )
  return startServer([program, '-c', file, '-p', home, '-e', 'stderr'], {
    port,
    probe: PROBE,
    core: 'server',
    logFile: join(home, 'nginx.log'),
  })
}
