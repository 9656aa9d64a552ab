// Package bridge measures the processor time that voice.Bridge takes for a frame:
//
//	go test -bench . ./internal/bridge
package bridge
