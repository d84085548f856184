package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
)

// What Authorino says when nobody gave a better reason.
const (
	noCredential  = "credential not found"
	notBelieved   = "not authenticated"
	noReasonKnown = "not authorized: unknown reason"
)

// Checks are what Envoy asks for: may this request pass?
type checks struct {
	authv3.UnimplementedAuthorizationServer
	tokens *tokens
	access *access
	delay  time.Duration
	truth  *truth
}

// What came of a check.
type outcome struct {
	user     *user
	denied   int    // HTTP status; 0: it may pass
	reason   string // of the denial
	evidence string // how it was found out
}

func (c *checks) Check(ctx context.Context, request *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	start := time.Now()
	http := request.GetAttributes().GetRequest().GetHttp()
	found := c.decide(ctx, http.GetHeaders()["authorization"], http.GetPath())
	c.truth.add(found, http.GetPath(), time.Since(start), ctx.Err())
	if found.denied == 0 {
		return passed(found.user)
	}
	return deniedBy(found), nil
}

func (c *checks) decide(ctx context.Context, authorization, path string) outcome {
	select {
	case <-time.After(c.delay):
	case <-ctx.Done(): // Envoy waits no longer, and nobody hears the answer.
	}
	token, isBearer := strings.CutPrefix(authorization, "Bearer ")
	if !isBearer {
		return outcome{denied: 401, reason: noCredential, evidence: "no token"}
	}
	user, how, err := c.tokens.userOf(ctx, token)
	if err != nil {
		return outcome{denied: 401, reason: err.Error(), evidence: "token " + how}
	}
	model, isModel := modelIn(path)
	if !isModel { // The list of models is for all who are known.
		return outcome{user: user, evidence: "token " + how}
	}
	seen, err := c.access.check(ctx, user, model)
	evidence := fmt.Sprintf("token %s, access %s", how, seen)
	if err != nil {
		return outcome{user: user, denied: 403, reason: err.Error(), evidence: evidence}
	}
	return outcome{user: user, evidence: evidence}
}

type model struct{ namespace, name string }

// As in /NAMESPACE/NAME/v1/chat/completions.
func modelIn(path string) (model, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < 3 || parts[0] == "v1" || parts[0] == "maas-api" {
		return model{}, false
	}
	return model{namespace: parts[0], name: parts[1]}, true
}

// Metadata cannot be forged by a client, as a header could. The model never sees the token.
func passed(user *user) (*authv3.CheckResponse, error) {
	metadata, err := structpb.NewStruct(map[string]any{"userid": user.id, "tier": user.tier})
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{
			OkResponse: &authv3.OkHttpResponse{HeadersToRemove: []string{"authorization"}},
		},
		DynamicMetadata: metadata,
	}, err
}

func deniedBy(found outcome) *authv3.CheckResponse {
	headers := []*core.HeaderValueOption{header("X-Ext-Auth-Reason", found.reason)}
	code := codes.PermissionDenied
	if found.denied == 401 {
		code = codes.Unauthenticated
		headers = append(headers, header("WWW-Authenticate", `Bearer realm="service-accounts"`))
	}
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(code)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status:  &typev3.HttpStatus{Code: typev3.StatusCode(found.denied)},
			Headers: headers,
		}},
	}
}

func header(key, value string) *core.HeaderValueOption {
	return &core.HeaderValueOption{Header: &core.HeaderValue{Key: key, Value: value}}
}
