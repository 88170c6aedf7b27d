package deepflow.wire.control;

/// Field numbers of OpAMP, one group of constants a message.
final class OpampField {
  private OpampField() {}

  // AgentToServer
  static final int AGENT_INSTANCE_UID = 1;
  static final int AGENT_SEQUENCE_NUM = 2;
  static final int AGENT_DESCRIPTION = 3;
  static final int AGENT_CAPABILITIES = 4;
  static final int AGENT_HEALTH = 5;
  static final int AGENT_EFFECTIVE_CONFIG = 6;
  static final int AGENT_REMOTE_CONFIG_STATUS = 7;
  static final int AGENT_DISCONNECT = 9;

  // AgentDescription
  static final int DESCRIPTION_IDENTIFYING = 1;
  static final int DESCRIPTION_NON_IDENTIFYING = 2;

  // ComponentHealth
  static final int HEALTH_HEALTHY = 1;
  static final int HEALTH_START_TIME = 2;
  static final int HEALTH_LAST_ERROR = 3;
  static final int HEALTH_STATUS = 4;
  static final int HEALTH_COMPONENTS = 6;

  // EffectiveConfig
  static final int EFFECTIVE_CONFIG_MAP = 1;

  // RemoteConfigStatus
  static final int STATUS_LAST_HASH = 1;
  static final int STATUS_STATUS = 2;
  static final int STATUS_ERROR = 3;

  // ServerToAgent
  static final int SERVER_INSTANCE_UID = 1;
  static final int SERVER_ERROR = 2;
  static final int SERVER_REMOTE_CONFIG = 3;
  static final int SERVER_FLAGS = 6;
  static final int SERVER_CAPABILITIES = 7;

  // ServerErrorResponse
  static final int ERROR_TYPE = 1;
  static final int ERROR_MESSAGE = 2;
  static final int ERROR_RETRY_INFO = 3;
  static final int RETRY_AFTER_NANOS = 1;

  // AgentRemoteConfig
  static final int REMOTE_CONFIG_MAP = 1;
  static final int REMOTE_CONFIG_HASH = 2;

  // AgentConfigMap and AgentConfigFile
  static final int CONFIG_MAP_FILES = 1;
  static final int FILE_BODY = 1;
  static final int FILE_CONTENT_TYPE = 2;

  // an entry of a map
  static final int MAP_KEY = 1;
  static final int MAP_VALUE = 2;
}
