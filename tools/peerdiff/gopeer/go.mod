module github.com/voicelane/realtime-go/tools/peerdiff/gopeer

go 1.26.0

require (
	github.com/openai/openai-go/v3 v3.98.0
	golang.org/x/tools v0.38.0
)

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/tidwall/gjson v1.20.0 // indirect
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.1 // indirect
	github.com/tidwall/sjson v1.2.5 // indirect
	golang.org/x/mod v0.29.0 // indirect
	golang.org/x/sync v0.23.0 // indirect
)
