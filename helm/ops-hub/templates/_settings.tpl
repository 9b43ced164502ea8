{{/* From values to the hub's variables. files/settings.yaml, which the code writes, says which value is which variable. */}}

{{/* A value as the text of a variable: lists with commas, numbers never as 1e+06, nothing for what is not set. */}}
{{- define "ops-hub.text" -}}
{{- if kindIs "slice" . }}{{ join "," . }}
{{- else if and (kindIs "float64" .) (eq (float64 (int64 .)) .) }}{{ int64 . }}
{{- else if not (kindIs "invalid" .) }}{{ toString . }}
{{- end }}
{{- end }}

{{/* A comma list, padded with commas so that `contains ",none,"` asks for a whole word. */}}
{{- define "ops-hub.words" -}}
{{- printf ",%s," (include "ops-hub.text" . | lower | nospace) }}
{{- end }}

{{- define "ops-hub.publicUrl" -}}
{{- if .Values.hub.publicUrl }}{{ .Values.hub.publicUrl }}
{{- else if .Values.ingress.enabled }}{{ ternary "https" "http" (ne .Values.ingress.tlsSecret "") }}://{{ .Values.ingress.host }}
{{- else if .Values.route.enabled }}https://{{ .Values.route.host }}
{{- end }}
{{- end }}

{{/* A Route says so even where nobody can be asked. */}}
{{- define "ops-hub.isOpenShift" -}}
{{- if or .Values.route.enabled (.Capabilities.APIVersions.Has "route.openshift.io/v1") }}true{{ end }}
{{- end }}

{{- define "ops-hub.hasDatabase" -}}
{{- if or .Values.database.url .Values.database.existingSecret }}true{{ end }}
{{- end }}

{{/* Several replicas, each with sessions and legacy SSE of its own: a client must come back to the one that has its. */}}
{{- define "ops-hub.holdsSessions" -}}
{{- if and (or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1)) (ne (include "ops-hub.text" .Values.hub.stateless) "true") }}true{{ end }}
{{- end }}

{{/* Does the hub ask this cluster's API about its callers? */}}
{{- define "ops-hub.asksTokenReviews" -}}
{{- if or (contains ",active," (include "ops-hub.words" .Values.auth.mode)) (eq (include "ops-hub.asksAccessReviews" .) "true") }}true{{ end }}
{{- end }}
{{- define "ops-hub.asksAccessReviews" -}}
{{- if contains ",k8s," (include "ops-hub.words" .Values.reportAuth.modes) }}true{{ end }}
{{- end }}

{{/* Variables that are no secrets, as a map. */}}
{{- define "ops-hub.variables" -}}
{{- $all := dict "STATE_DIRECTORY" "/var/lib/ops-hub" }}
{{- range $block, $keys := (.Files.Get "files/settings.yaml" | fromYaml).plain }}
{{- range $key, $name := $keys }}
{{- with include "ops-hub.text" (index $.Values $block $key) }}{{ $_ := set $all $name . }}{{ end }}
{{- end }}
{{- end }}
{{- $publicUrl := include "ops-hub.publicUrl" . }}
{{- with $publicUrl }}{{ $_ := set $all "PUBLIC_URL" . }}{{ end }}
{{- /* The hub knows the host of its public address; each further door brings its own. */}}
{{- $hosts := list }}
{{- range list .Values.ingress .Values.route }}
{{- if and .enabled (ne .host (urlParse $publicUrl).hostname) }}{{ $hosts = append $hosts .host }}{{ end }}
{{- end }}
{{- with $hosts }}{{ $_ := set $all "ALLOWED_HOSTS" (prepend . (get $all "ALLOWED_HOSTS") | compact | join ",") }}{{ end }}
{{- if and .Values.releaseOps.catalogs (not (hasKey $all "RELEASE_OPS_CATALOG")) }}
{{- $paths := list }}
{{- range $name := keys .Values.releaseOps.catalogs | sortAlpha }}{{ $paths = append $paths (printf "/etc/ops-hub/catalogs/%s" $name) }}{{ end }}
{{- $_ := set $all "RELEASE_OPS_CATALOG" (join "," $paths) }}
{{- end }}
{{- if not .Values.kubernetes.enabled }}{{ $_ := set $all "KUBERNETES_SERVICE_HOST" "" }}{{ end }}
{{- toYaml $all }}
{{- end }}

{{/* Secrets: variable -> the Secret that holds it, and under which key. */}}
{{- define "ops-hub.credentials" -}}
{{- $all := dict }}
{{- $settings := .Files.Get "files/settings.yaml" | fromYaml }}
{{- range $block, $keys := $settings.secret }}
{{- $values := index $.Values $block }}
{{- range $key, $name := $keys }}
{{- if index $values $key }}{{ $_ := set $all $name (dict "secret" (include "ops-hub.fullname" $) "key" $name) }}{{ end }}
{{- end }}
{{- if $values.existingSecret }}
{{- $first := index $settings.first $block }}
{{- range $name, $key := default (dict $first $first) $values.existingSecretKeys }}
{{- if not (has $name (values $keys)) }}{{ fail (printf "%s.existingSecretKeys has %s, which is none of %s" $block $name (values $keys | sortAlpha | join ", ")) }}{{ end }}
{{- if hasKey $all $name }}{{ fail (printf "%s is given twice: as a value, and by %s.existingSecretKeys" $name $block) }}{{ end }}
{{- $_ := set $all $name (dict "secret" $values.existingSecret "key" $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{- define "ops-hub.env" -}}
{{- range $name, $value := include "ops-hub.variables" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $from := include "ops-hub.credentials" . | fromYaml }}
- name: {{ $name }}_FILE
  value: /etc/ops-hub/secrets/{{ $name }}
{{- end }}
{{- end }}
