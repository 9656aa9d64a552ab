// Package e2e opens pages of package view in Chromium. It is a separate module, so that the
// SDK does not depend on the browser driver.
package e2e
