package main

import _ "github.com/openai/openai-go/v3/realtime" // The version that go.mod pins is read.
