// Package e2e tests the browser example in Chromium. It is a separate module, so that
// the SDK does not depend on the browser driver.
package e2e
