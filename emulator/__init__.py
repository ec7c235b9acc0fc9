"""The local AWS: ministack, pinned, with an overlay for what it lacks of Organizations, Security Hub and StackSets.

`process`, and with it the faults, run in the project's environment; everything else runs in the emulator's, in a
process of its own.

    process         starts and stops that process          __main__, server   its command line and HTTP server
    patching        the private names of ministack         emulated_aws       puts everything together
    request_path    the wrapper around every request       call_log, control  what was called; /_regionproof/
    faults          what can go wrong with a request       fault_injection    what a fault does to a request
    aws_errors      faults in AWS's words                  injection          faults as a test holds them
    seed            from the sample to the state           regions            the Regions there are

`delegated_administrator` makes one of a member, from the project's environment too.

What AWS does is in the modules that are named after it. Each has a state of plain objects (organization,
account_regions, security_hub.hub, stack_instances) and operations that check, then act, as AWS's pages and the
recording in tests/recordings say.

Known to be kinder than AWS: the permissions for the KMS key of an encrypted topic are not checked, and a conditional
write never meets another one (409), since requests are served one after the other; aws_errors has that answer.
"""
