package otelrealtime

import "go.opentelemetry.io/otel/attribute"

// Attributes by the conventions for generative AI, v0.1.0, which left the module of the
// other conventions after v1.41.0.
const (
	keyOperation      = attribute.Key("gen_ai.operation.name")
	keyProvider       = attribute.Key("gen_ai.provider.name")
	keyConversation   = attribute.Key("gen_ai.conversation.id")
	keyRequestModel   = attribute.Key("gen_ai.request.model")
	keyResponseID     = attribute.Key("gen_ai.response.id")
	keyFinishReasons  = attribute.Key("gen_ai.response.finish_reasons")
	keyInputTokens    = attribute.Key("gen_ai.usage.input_tokens")
	keyCachedTokens   = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	keyOutputTokens   = attribute.Key("gen_ai.usage.output_tokens")
	keyTokenType      = attribute.Key("gen_ai.token.type")
	keyToolName       = attribute.Key("gen_ai.tool.name")
	keyToolType       = attribute.Key("gen_ai.tool.type")
	keyToolCallID     = attribute.Key("gen_ai.tool.call.id")
	keyToolArguments  = attribute.Key("gen_ai.tool.call.arguments")
	keyToolResult     = attribute.Key("gen_ai.tool.call.result")
	keyErrorType      = attribute.Key("error.type")
	operationChat     = "chat"
	operationTool     = "execute_tool"
	metricTokens      = "gen_ai.client.token.usage" //nolint:gosec // A metric.
	metricOperation   = "gen_ai.client.operation.duration"
	metricFirstChunk  = "gen_ai.client.operation.time_to_first_chunk"
	metricExecuteTool = "gen_ai.execute_tool.duration"
)

// Attributes and metrics without a convention.
const (
	keyKind        = attribute.Key("realtime.token.kind")   // text, audio or image
	keyCached      = attribute.Key("realtime.token.cached") // of input tokens
	keyCut         = attribute.Key("realtime.turn.cut")
	keyOutOfBand   = attribute.Key("realtime.response.out_of_band")
	keyStatus      = attribute.Key("realtime.response.status")
	keyUserText    = attribute.Key("realtime.turn.user")
	keyAgentText   = attribute.Key("realtime.turn.agent")
	keyQueue       = attribute.Key("realtime.queue.name") // send or receive
	keyFate        = attribute.Key("realtime.send.fate")
	keyEventType   = attribute.Key("realtime.event.type")
	keyAttempts    = attribute.Key("realtime.reconnect.attempts")
	keyDown        = attribute.Key("realtime.reconnect.down") // seconds
	keyLost        = attribute.Key("realtime.reconnect.items_lost")
	spanSession    = "realtime.session"
	spanTurn       = "realtime.turn"
	eventReconnect = "realtime.reconnected"
	eventCut       = "realtime.interrupted"
	eventError     = "realtime.error"
)
