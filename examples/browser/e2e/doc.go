// Package e2e drives the browser example in a real Chromium. It is a module of
// its own, so that what drives a browser is no requirement of the SDK.
package e2e
