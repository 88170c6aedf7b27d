# deepflow-agent. From the archive that ./deepflow package makes:
#
#     ./deepflow package agent && docker build -f deploy/docker/agent.Dockerfile -t deepflow-agent:0.1.0 agent/target
FROM debian:13-slim AS unpacked
ADD deepflow-agent-*-linux-*.tar.gz /opt/
RUN mv /opt/deepflow-agent-* /opt/deepflow-agent \
 && install -d -o 10001 -g 10001 -m 700 /data

FROM debian:13-slim
COPY --from=unpacked /opt/deepflow-agent /opt/deepflow-agent
# With its owner, so that a volume that is new gets it too.
COPY --from=unpacked --chown=10001:10001 /data /var/lib/deepflow-agent
USER 10001:10001
ENV DEEPFLOW_HOST=::
EXPOSE 38086 4317 4318
ENTRYPOINT ["/opt/deepflow-agent/bin/deepflow-agent"]
