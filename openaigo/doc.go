// Package openaigo lets programs that have openai-go, the vendor's Go SDK, use this
// module without a second configuration: [Config] makes a configuration from their
// client, and the functions of this package carry events across in both directions.
//
//	vendor := openai.NewClient(option.WithMiddleware(trace))
//	config, err := openaigo.Config(vendor)
//	…
//	client, err := realtime.NewClient(config)
//
// docs/from-openai-go.md has what a program writes with each of the two.
//
// It is a module of its own, so that programs without openai-go do not get it.
package openaigo
