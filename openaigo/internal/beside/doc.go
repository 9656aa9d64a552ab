// Package beside has tests alone: the vendor's client and this module's, side by side on
// what docs/openai-go.md says of both.
package beside
