// Package model turns schemas into the shape of the Go package to generate.
//
// All decisions that depend on the document are made here: names, the Go type of each
// schema, how the arms of a union are told apart, which bounds are checked. The
// templates only print.
package model

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - package_*: Package and its parts, the result; the methods that templates call.
//   - name_*: Go names of wire names.
//   - schema_*: functions over one schema.
//   - build_*: builder, which makes types of schemas. type calls struct and union, which
//     call it for their members; simplify and spread remove notations, key tells the arms
//     of unions apart, unshared reads x-go-unshared.
//   - finish_*: the steps that need all types: groups, collections, checks, comments,
//     constructors.
//   - accessor_*: functions over unions: shared members, protocols, REST operations.
//   - model_*: Build.
