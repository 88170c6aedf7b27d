{{- /* Labels of a part: dict "part" NAME "root" $ */ -}}
{{- define "deepflow.labels" -}}
app.kubernetes.io/name: deepflow-{{ .part }}
app.kubernetes.io/part-of: deepflow
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end -}}

{{- define "deepflow.selector" -}}
app.kubernetes.io/name: deepflow-{{ .part }}
{{- end -}}

{{- define "deepflow.image" -}}
{{ .root.Values.image.registry }}{{ .name }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{- /* What Kubernetes calls "restricted". */ -}}
{{- define "deepflow.unprivileged" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "deepflow.user" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}
