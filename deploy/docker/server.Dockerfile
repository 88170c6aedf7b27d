# deepflow-server, with the database inside and the UI. From the archive that ./deepflow package makes:
#
#     ./deepflow package server && docker build -f deploy/docker/server.Dockerfile -t deepflow-server:0.1.0 server/target
FROM debian:13-slim AS unpacked
ADD deepflow-server-*-linux-*.tar.gz /opt/
RUN mv /opt/deepflow-server-* /opt/deepflow-server \
 && install -d -o 10001 -g 10001 -m 700 /data

FROM debian:13-slim
COPY --from=unpacked /opt/deepflow-server /opt/deepflow-server
# With its owner, so that a volume that is new gets it too.
COPY --from=unpacked --chown=10001:10001 /data /var/lib/deepflow-server
USER 10001:10001
ENV DEEPFLOW_HOST=::
EXPOSE 20416 20033
ENTRYPOINT ["/opt/deepflow-server/bin/deepflow-server"]
