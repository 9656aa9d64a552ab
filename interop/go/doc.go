// Package interop holds tests alone: the vendor's Go SDK holds conversations with the
// test server. It is a module of its own, so that the core does not depend on the SDK.
package interop
