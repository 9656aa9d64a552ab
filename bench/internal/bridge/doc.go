// Package bridge measures the processor time that voice.Bridge takes for a frame, and what
// an agent adds to a bridge on 1,000 sessions (BenchmarkLayer):
//
//	go test -bench . ./internal/bridge
//	go test -run '^$' -bench Layer -benchtime 1x ./internal/bridge
package bridge
