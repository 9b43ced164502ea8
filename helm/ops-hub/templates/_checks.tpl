{{/* What the schema cannot say. Each of these would be an open door, or a hub that does not start. */}}
{{- define "ops-hub.checks" -}}
{{- $modes := include "ops-hub.words" .Values.auth.mode }}
{{- $reporters := include "ops-hub.words" .Values.reportAuth.modes }}
{{- $has := include "ops-hub.credentials" . | fromYaml }}
{{- $isPublic := or .Values.ingress.enabled .Values.route.enabled (ne .Values.service.type "ClusterIP") }}
{{- if or (eq $modes ",,") (eq $reporters ",,") }}
{{- fail "auth.mode and reportAuth.modes must be said; none means that everyone may" }}
{{- end }}
{{- if and $isPublic (contains ",none," $modes) }}
{{- fail "a public Ingress, Route or Service needs authentication: set auth.mode to token, active or oidc, not none" }}
{{- end }}
{{- if and $isPublic (contains ",none," $reporters) }}
{{- fail "a public Ingress, Route or Service needs to know who reports: set reportAuth.modes to token, hmac or k8s, not none" }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}{{ fail "ingress.enabled needs ingress.host" }}{{ end }}
{{- if and .Values.route.enabled (not .Values.route.host) }}{{ fail "route.enabled needs route.host" }}{{ end }}
{{- if and (contains ",token," $modes) (not (hasKey $has "AUTH_TOKEN")) (not .Values.auth.tokensPath) }}
{{- fail "auth.mode token needs auth.token, auth.existingSecret or auth.tokensPath" }}
{{- end }}
{{- if and (contains ",active," $modes) (not .Values.auth.apiUrl) }}{{ fail "auth.mode active needs auth.apiUrl" }}{{ end }}
{{- if contains ",oidc," $modes }}
{{- if not .Values.auth.issuer }}{{ fail "auth.mode oidc needs auth.issuer" }}{{ end }}
{{- if not (include "ops-hub.publicUrl" .) }}{{ fail "auth.mode oidc needs hub.publicUrl, an Ingress or a Route: tokens are made for that address" }}{{ end }}
{{- end }}
{{- if and (contains ",token," $reporters) (not (hasKey $has "REPORT_TOKEN")) }}
{{- fail "reportAuth.modes token needs reportAuth.token or reportAuth.existingSecret" }}
{{- end }}
{{- if and (contains ",hmac," $reporters) (not (hasKey $has "REPORT_HMAC_SECRET")) }}
{{- fail "reportAuth.modes hmac needs reportAuth.hmacSecret, or REPORT_HMAC_SECRET in reportAuth.existingSecretKeys" }}
{{- end }}
{{- if and .Values.gitea.host (not (hasKey $has "GITEA_ACCESS_TOKEN")) }}
{{- fail "gitea.host needs gitea.token or gitea.existingSecret" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not (include "ops-hub.hasDatabase" .)) }}
{{- fail "autoscaling.enabled needs database.url or database.existingSecret: the reports' file belongs to one hub" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" }}
{{- end }}
{{- range $resource, $target := dict "cpu" .Values.autoscaling.targetCPUUtilizationPercentage "memory" .Values.autoscaling.targetMemoryUtilizationPercentage }}
{{- if and $.Values.autoscaling.enabled $target (not (hasKey $.Values.resources.requests $resource)) }}
{{- fail (printf "autoscaling by %s needs resources.requests.%s: its target is a share of that" $resource $resource) }}
{{- end }}
{{- end }}
{{- if and (gt (int .Values.replicaCount) 1) (not (include "ops-hub.hasDatabase" .)) }}
{{- fail "more than one replica needs database.url or database.existingSecret: the reports' file belongs to one hub" }}
{{- end }}
{{- if and .Values.prometheus.datasources .Values.prometheus.datasourcesSecret }}
{{- fail "prometheus.datasources and prometheus.datasourcesSecret are both set; keep one" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (eq (int .Values.hub.metricsPort) 0) }}
{{- fail "serviceMonitor.enabled needs hub.metricsPort: on the other port /metrics asks for a token" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled (ne .Values.service.type "ClusterIP") }}
{{- fail "serviceMonitor.enabled needs service.type ClusterIP: /metrics asks for no token, so no other Service has its port" }}
{{- end }}
{{- if eq (int .Values.hub.port) (int .Values.hub.metricsPort) }}{{ fail "hub.port and hub.metricsPort must differ" }}{{ end }}
{{- end }}
