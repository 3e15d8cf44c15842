{{- define "sekha.name" -}}
{{- printf "%s-sekha" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sekha.labels" -}}
app.kubernetes.io/name: sekha
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* Takes a list: the chart's root and the component. */ -}}
{{- define "sekha.selector" -}}
app.kubernetes.io/name: sekha
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "sekha.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "sekha.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "sekha.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Takes a port's name. A long start (a migration, a model) is no failure. */ -}}
{{- define "sekha.probes" -}}
startupProbe:
  httpGet: { path: /health, port: {{ . }} }
  periodSeconds: 5
  failureThreshold: 120
readinessProbe:
  httpGet: { path: /health, port: {{ . }} }
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  tcpSocket: { port: {{ . }} }
  periodSeconds: 10
  failureThreshold: 6
{{- end -}}

{{- /* Settings that both services share. */ -}}
{{- define "sekha.environment" -}}
- { name: SEKHA__CONFIG_FILE, value: /etc/sekha/config.yaml }
- { name: LOG_FORMAT, value: json }
{{- end -}}

{{- define "sekha.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Takes `persistence` of a workload. */ -}}
{{- define "sekha.claimTemplates" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests: { storage: {{ .size }} }
{{- end -}}
