{{/* What is mounted, and where. Everything but the state and /tmp is read-only. */}}

{{/* The datasource file's folder. */}}
{{- define "ops-hub.datasourcesPath" -}}
{{- default "/etc/grafana/provisioning/datasources/datasources.yaml" .Values.prometheus.datasourcesPath }}
{{- end }}

{{- define "ops-hub.needsToken" -}}
{{- if or .Values.kubernetes.enabled (include "ops-hub.asksTokenReviews" .) }}true{{ end }}
{{- end }}

{{- define "ops-hub.mounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: state, mountPath: {{ default "/var/lib/ops-hub" .Values.agent.dataDir | quote }} }
{{- if include "ops-hub.credentials" . | fromYaml }}
- { name: secrets, mountPath: /etc/ops-hub/secrets, readOnly: true }
{{- end }}
{{- if .Values.files }}
- { name: files, mountPath: /etc/ops-hub/files, readOnly: true }
{{- end }}
{{- if .Values.releaseOps.catalogs }}
- { name: catalogs, mountPath: /etc/ops-hub/catalogs, readOnly: true }
{{- end }}
{{- if or .Values.prometheus.datasources .Values.prometheus.datasourcesSecret }}
- { name: datasources, mountPath: {{ include "ops-hub.datasourcesPath" . | dir | quote }}, readOnly: true }
{{- end }}
{{- if include "ops-hub.needsToken" . }}
- name: service-account
  mountPath: {{ default "/var/run/secrets/kubernetes.io/serviceaccount" .Values.kubernetes.serviceAccountPath | quote }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ops-hub.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 256Mi }
- name: state
{{- if and .Values.persistence.enabled (not (include "ops-hub.hasDatabase" .)) }}
  persistentVolumeClaim:
    claimName: {{ default (include "ops-hub.fullname" .) .Values.persistence.existingClaim }}
{{- else }}
  emptyDir: { sizeLimit: 1Gi }
{{- end }}
{{- with include "ops-hub.credentials" . | fromYaml }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
    {{- range $name, $from := . }}
    - secret: { name: {{ $from.secret | quote }}, items: [{ key: {{ $from.key | quote }}, path: {{ $name }} }] }
    {{- end }}
{{- end }}
{{- if .Values.files }}
- name: files
  secret: { secretName: {{ include "ops-hub.fullname" . }}-files, defaultMode: 0440 }
{{- end }}
{{- if .Values.releaseOps.catalogs }}
- name: catalogs
  configMap: { name: {{ include "ops-hub.fullname" . }}-catalogs }
{{- end }}
{{- if or .Values.prometheus.datasources .Values.prometheus.datasourcesSecret }}
- name: datasources
  secret:
    secretName: {{ default (printf "%s-datasources" (include "ops-hub.fullname" .)) .Values.prometheus.datasourcesSecret }}
    defaultMode: 0440
{{- end }}
{{- if include "ops-hub.needsToken" . }}
- name: service-account
  projected:
    defaultMode: 0440
    sources:
    - serviceAccountToken: { path: token, expirationSeconds: 3600 }
    - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
    - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
