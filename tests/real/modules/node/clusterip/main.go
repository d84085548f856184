// clusterip is a CNI plugin that does for one Service what kube-proxy does for all: inside each pod's
// network it listens on the Service's cluster IP, and connects outside to where the Service is. It
// goes behind a plugin that has set the network up, and changes nothing of it.
//
// Its configuration: {"type": "clusterip", "listen": "10.0.0.1:443", "dial": "127.0.0.1:6443",
// "stateDir": "/run/clusterip"}
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/containernetworking/cni/pkg/skel"
	"github.com/containernetworking/cni/pkg/types"
	"github.com/containernetworking/cni/pkg/version"
	"github.com/containernetworking/plugins/pkg/ns"
)

// In the forwarder's process: the listening socket is its first file behind standard error.
const listenerFile = 3

type config struct {
	types.NetConf
	// Address and port in the pod.
	Listen string `json:"listen"`
	// Address and port outside.
	Dial string `json:"dial"`
	// Where the forwarders' process ids are.
	StateDir string `json:"stateDir"`
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "forward" {
		fmt.Fprintln(os.Stderr, "clusterip:", forward(os.Args[2]))
		os.Exit(1)
	}
	skel.PluginMainFuncs(skel.CNIFuncs{Add: add, Del: del, Check: check}, version.All, "clusterip")
}

func add(args *skel.CmdArgs) error {
	conf, err := parse(args.StdinData)
	if err != nil {
		return err
	}
	if conf.PrevResult == nil {
		return fmt.Errorf("expected to be called behind another plugin")
	}
	listener, err := listenIn(args.Netns, conf.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	pid, err := startForwarder(listener, conf.Dial)
	if err != nil {
		return err
	}
	if err := writePid(conf, args.ContainerID, pid); err != nil {
		return err
	}
	return types.PrintResult(conf.PrevResult, conf.CNIVersion)
}

// May be called more than once, and for what was never added.
func del(args *skel.CmdArgs) error {
	conf, err := parse(args.StdinData)
	if err != nil {
		return err
	}
	file := pidFile(conf, args.ContainerID)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	// A number below one would mean many processes.
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return os.Remove(file)
}

func check(*skel.CmdArgs) error { return nil }

func parse(stdin []byte) (*config, error) {
	conf := &config{}
	if err := json.Unmarshal(stdin, conf); err != nil {
		return nil, err
	}
	return conf, version.ParsePrevResult(&conf.NetConf)
}

// A socket belongs to the network that it was made in, whoever uses it later.
func listenIn(netns, address string) (*os.File, error) {
	var file *os.File
	err := ns.WithNetNSPath(netns, func(ns.NetNS) error {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		defer listener.Close()
		file, err = listener.(*net.TCPListener).File()
		return err
	})
	return file, err
}

func startForwarder(listener *os.File, dial string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	// The caller waits for the end of what it reads from: nothing of that is inherited.
	forwarder := exec.Command(self, "forward", dial)
	forwarder.ExtraFiles = []*os.File{listener}
	forwarder.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := forwarder.Start(); err != nil {
		return 0, err
	}
	pid := forwarder.Process.Pid // gone once it is released
	return pid, forwarder.Process.Release()
}

func pidFile(conf *config, containerID string) string {
	return filepath.Join(conf.StateDir, containerID+".pid")
}

func writePid(conf *config, containerID string, pid int) error {
	if err := os.MkdirAll(conf.StateDir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(pidFile(conf, containerID), []byte(strconv.Itoa(pid)), 0o600)
}

// Never returns but for a fault.
func forward(dial string) error {
	listener, err := net.FileListener(os.NewFile(listenerFile, "listener"))
	if err != nil {
		return err
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go join(client.(*net.TCPConn), dial)
	}
}

func join(client *net.TCPConn, dial string) {
	defer client.Close()
	connection, err := net.Dial("tcp", dial)
	if err != nil {
		return
	}
	server := connection.(*net.TCPConn)
	defer server.Close()
	go pass(server, client)
	pass(client, server)
}

func pass(to, from *net.TCPConn) {
	_, _ = io.Copy(to, from)
	_ = to.CloseWrite()
}
