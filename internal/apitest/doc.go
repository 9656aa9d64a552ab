// Package apitest checks that package api loses nothing that it decodes.
//
// Three references share no code with the generator. The first reads spec/openapi.yaml
// and makes random instances of every event. Some conform to the specification; the
// others have nulls, unknown members, values of the wrong kind, unusual numbers,
// strings and base64, and repeated or missing members. The second is encoding/json:
// package api must accept each document that encoding/json decodes to an object with a
// type, must encode it to the same JSON value, and must reject all others. The third
// compares each Go field with the member of its name by reflection.
//
// Further tests cover the forms that older servers send, hostile documents, the bounds
// that Validate checks, and the JSON of common client events.
//
// The package has only tests. Its fuzz targets start from a random instance of each
// event and from the findings of earlier runs.
package apitest

// The files of the package and their entry points:
//
//   - spec_test.go: readSpec, the specification; union_test.go: unions, the
//     decoding functions under test.
//   - instance_test.go and writer_test.go: instances, the random documents;
//     deviation_test.go: fullest, bounds_test.go: probes, the systematic ones.
//   - judge_test.go: judge and equal, the reference by encoding/json;
//     agree_test.go: agree, the reference by reflection.
//   - check_test.go: check, which compares one document with both. The round
//     trips, the fuzz targets and the hostile documents call it.
//   - legacy_test.go: the forms of older and other servers.
//   - clientevents_test.go, serverevents_test.go, session_test.go,
//     items_test.go, response_test.go and tools_test.go: tables of common events.
//   - linear_test.go and speed_test.go: bounds of time and memory.
