// Failures of the ground that every tool stands on: names, certificates, connections, disk, memory.
import type { LogRule } from "../log-rule.ts";

const DNS_FIXES = [
  "Check the spelling of {host}, and that its service exists in the namespace it names",
  "Try it from the cluster: `kubectl -n {namespace} run dns-test --rm -it --restart=Never --image=busybox -- nslookup {host}`",
  "Check egress network policies for DNS (port 53) and the proxy settings of {who}",
] as const;

export const INFRA_LOG_RULES: readonly LogRule[] = [
  {
    weight: 92,
    pattern:
      /(?:No space left on device|ENOSPC|Disk quota exceeded|disk is full|not enough (?:free )?disk space|There is not enough space on the disk)/i,
    category: "disk-full",
    side: "infra",
    confidence: "high",
    cause: ["disk full: no space left on device"],
    root: [
      "{who} could not write any more, since the disk or volume is full: {line}",
      "It may be the node's disk, an emptyDir limit, or a PersistentVolumeClaim.",
    ],
    fixes: [
      "See what is full, from a pod with the same volumes: `df -h`",
      "Enlarge the workspace's PersistentVolumeClaim or the emptyDir's sizeLimit",
      "Clean caches and old layers before the build: `buildah prune -af`, `npm cache clean --force`",
    ],
  },
  {
    weight: 90,
    pattern:
      /(?<what>JavaScript heap out of memory|java\.lang\.OutOfMemoryError: ?[\w ]{0,60}|fatal error: runtime: out of memory|Killed signal terminated program \w{1,30}|Cannot allocate memory|^MemoryError\b|std::bad_alloc|Expiring Daemon because JVM heap space is exhausted|oom-kill|Out of memory: Killed)/,
    category: "out-of-memory",
    side: "app",
    confidence: "high",
    cause: ["out of memory: {what}"],
    root: [
      "A process of {who} ran out of memory: {what}.",
      "The container's memory limit is {limit}.",
      "The program gave up by itself, or one of its children was killed; the container as a whole was not.",
    ],
    fixes: [
      "Raise the heap: `NODE_OPTIONS=--max-old-space-size=4096`, `-Xmx` or `-XX:MaxRAMPercentage=75`, and the memory limit of {container} with it",
      "Run with less parallelism: `make -j2`, `--maxWorkers=2`, `org.gradle.workers.max=2`",
    ],
  },
  {
    weight: 84,
    pattern:
      /(?:getaddrinfo (?:ENOTFOUND|EAI_AGAIN) |Could not resolve host(?:name)?:? '?|UnknownHostException: |Failed to resolve '|Temporary failure resolving '|unable to resolve host address ['‘]|could not translate host name "|lookup (?=[\w.-]{1,253}(?: on \S{1,60})?: (?:no such host|server misbehaving|i\/o timeout|Temporary|Try again|read udp)))(?<host>[\w-]{1,63}(?:\.[\w-]{1,63}){0,10})/,
    category: "network",
    side: "infra",
    confidence: "high",
    cause: ["host {host} does not resolve"],
    root: [
      "{who} could not resolve the host name {host}.",
      "Either the name is wrong or not there, or DNS cannot be reached from the pod.",
    ],
    fixes: DNS_FIXES,
  },
  {
    weight: 83,
    pattern:
      /(?:Temporary failure in name resolution|Name or service not known|nodename nor servname|Could not resolve (?:host|proxy)|no such host|getaddrinfo (?:ENOTFOUND|EAI_AGAIN))/,
    beside: [/(?:host(?:name)?[=:]? ?['"]?|https?:\/\/|@)(?<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,10})/],
    category: "network",
    side: "infra",
    confidence: "high",
    cause: ["host {host} does not resolve", "a host name does not resolve"],
    root: [
      "{who} could not resolve a host name: {line}",
      "Either the name is wrong or not there, or DNS cannot be reached from the pod.",
    ],
    fixes: [
      ...DNS_FIXES.slice(0, 2),
      "Check that the pod reaches DNS at all: egress network policies for port 53, `dnsPolicy` and the proxy settings",
    ],
  },
  {
    weight: 82,
    pattern:
      /(?<why>x509: .{1,200}|CERTIFICATE_VERIFY_FAILED.{0,100}|certificate verify failed.{0,100}|self[- ]signed certificate(?: in certificate chain)?|unable to get local issuer certificate|UNABLE_TO_\w{1,60}|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED|certificate has expired|PKIX path building failed.{0,80}|SSL certificate problem: .{1,100}|server certificate verification failed.{0,80}|ERR_TLS_CERT_ALTNAME_INVALID)/,
    beside: [/(?:https:\/\/|host[=:]? ?['"])(?<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}(?::\d{1,5})?)/],
    category: "tls",
    side: "infra",
    confidence: "high",
    cause: ["certificate of {host} not accepted: {why}", "TLS certificate not accepted: {why}"],
    root: [
      "{who} does not accept the certificate of {host}: {why}. || {who} does not accept a server's certificate: {why}.",
      "Usually the company's CA is missing in the image, or the certificate has expired or names another host.",
    ],
    fixes: [
      "Look at the certificate: `openssl s_client -connect {host} -showcerts </dev/null | openssl x509 -noout -subject -issuer -dates`",
      "Put the CA into the image or mount it, and point to it: SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, GIT_SSL_CAINFO, or the Java truststore",
      "Do not switch verification off",
    ],
  },
  {
    weight: 52,
    pattern:
      /(?:connect ECONNREFUSED |dial tcp |Failed to connect to |Connection to )(?=.*(?:refused|ECONNREFUSED|timeout|no route|timed out|unreachable))(?<host>\[?[\w.-](?:[\w.:[\]-]{0,198}[\w\]])?)(?![\w\]-])(?: port (?<port>\d{1,5}))?[\s:,]{0,3}.{0,80}?(?<why>(?:connection )?refused|ECONNREFUSED|i\/o timeout|no route to host|timed out|network is unreachable)|connect (?<why2>ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) (?<host2>[\w.:[\]-]{1,200})/i,
    category: "network",
    side: "unknown",
    confidence: "medium",
    cause: [
      "cannot connect to {host2} ({why2})",
      "cannot connect to {host} port {port} ({why})",
      "cannot connect to {host} ({why})",
    ],
    root: [
      "{who} could not connect to {host}: {why}.",
      "{who} could not connect to {host2}: {why2}.",
      "Either nothing listens there, it is not ready yet, or a network policy or firewall is between.",
    ],
    fixes: [
      "Check that the service behind {host} runs and listens on that port",
      "Check that the service behind {host2} runs and listens on that port",
      "Check Service, Endpoints and NetworkPolicies: `kubectl -n {namespace} get svc,endpoints,networkpolicy`",
      "Let {who} wait and try again if the service comes up later",
    ],
  },
  {
    weight: 50,
    pattern:
      /(?<why>connection refused|ECONNREFUSED|ECONNRESET|ETIMEDOUT|Connection reset by peer|Connection timed out|Network is unreachable|Read timed out|context deadline exceeded|TLS handshake timeout)/i,
    beside: [
      /(?:https?:\/\/|to |dial tcp |host[=:]? ?['"])(?<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}(?::\d{1,5})?|[\w-]{1,63}:\d{2,5})/,
    ],
    category: "network",
    side: "unknown",
    confidence: "medium",
    cause: ["connection to {host} failed: {why}", "network: {why}"],
    root: [
      "{who} lost or did not get a connection: {line}",
      "Either the other side is down or not ready, or a network policy, proxy or firewall is between.",
    ],
    fixes: [
      "Check that {host} is up and can be reached from namespace {namespace}",
      "Check NetworkPolicies and proxy settings of namespace {namespace}",
      "Run again: it may have been a short disturbance",
    ],
  },
  {
    weight: 55,
    pattern:
      /(?<why>(?:relation|column|table|database|role|schema) ["'`][\w.-]{1,120}["'`] (?:of relation .{1,120} )?(?:does not exist|already exists)|password authentication failed for user .{1,80}|Access denied for user .{1,100}|(?:Table|Unknown database|Unknown column) '[^']{1,120}'(?: doesn't exist| in .{1,40})?|no such (?:table|column): \S{1,120}|duplicate key value violates unique constraint .{1,120})/,
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["database: {why}"],
    root: [
      "The database refused what {who} asked: {why}.",
      "Possible are a migration that did not run, another database than meant, or wrong credentials.",
    ],
    fixes: [
      "Check that the migrations ran on the database that {who} uses",
      "Check host, database and user in its configuration against: {why}",
    ],
  },
  {
    weight: 56,
    pattern:
      /(?<user>User "[^"]{1,120}") cannot (?<verb>\w{1,20}) (?:resource )?"?(?<resource>[\w./-]{1,100})"?.{0,60}?(?:in the namespace "(?<where>[\w.-]{1,63})"|at the cluster scope)/,
    category: "permission",
    side: "app",
    confidence: "high",
    cause: [
      "RBAC: may not {verb} {resource} in namespace {where}",
      "RBAC: may not {verb} {resource} in the whole cluster",
    ],
    root: ["The Kubernetes API refused what {who} asked: {user} may not {verb} {resource}."],
    fixes: [
      "Grant it: `kubectl -n {where} create role {resource}-access --verb={verb} --resource={resource}` and `kubectl -n {where} create rolebinding {resource}-access --role={resource}-access --serviceaccount={namespace}:{account}`",
      "Grant {verb} on {resource} to service account {account} of {namespace} with a ClusterRole and ClusterRoleBinding",
      "Or run as a service account that may do it",
    ],
  },
  {
    weight: 53,
    pattern:
      /(?:EACCES: permission denied, \w{1,20} '(?<path>[^']{1,200})'|\[Errno 13\] Permission denied: '(?<path2>[^']{1,200})'|(?:open|mkdir|unlink|create) (?<path3>\/[^\s:]{1,200}): (?:permission denied|read-only file system)|cannot (?:create|open|touch|access|remove)[^'‘/]{0,40}['‘]?(?<path4>\/[^\s:'’]{1,200})['’]?: (?:Permission denied|Read-only file system))/,
    category: "permission",
    side: "app",
    confidence: "medium",
    cause: [
      "permission denied: {path}",
      "permission denied: {path2}",
      "permission denied: {path3}",
      "permission denied: {path4}",
    ],
    root: [
      "{who} may not use a file or directory: {line}",
      "Usually the pod runs as another user than the one who owns the path, or its root file system is read-only.",
    ],
    fixes: [
      "Give the path to the pod's group (`chgrp -R 0 PATH && chmod -R g=u PATH` in the image), or set `fsGroup` for volumes",
      "Write to a mounted emptyDir instead, when the root file system is read-only",
      "Check runAsUser of {container} against the owner of the path",
    ],
  },
];
