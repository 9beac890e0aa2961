#!/usr/bin/env perl
# A client of the conformance suite at the core level, written from spec/ alone; Perl 5 and its core modules, nothing else.
# spec/transitions.json and the table of weights in spec/scoring.md are read as data; the rest is the meaning of the facts, the
# octets of signing.md and audit.md are in Octets.pm. A check of the specification, not a product.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP ();
use List::Util qw(all any max min uniq first);
use Octets;

$| = 1;
my $JSON  = JSON::PP->new->utf8->canonical->allow_nonref;
my $SPEC  = "$FindBin::Bin/../../../spec";
my $TABLE = $JSON->decode(slurp("$SPEC/transitions.json"));
my %ROW   = map { ("$_->{status} $_->{event} $_->{class}" => $_) } @{ $TABLE->{rows} };
my %SET   = map { ("$_->{mode} $_->{role} $_->{target}"   => $_) } @{ $TABLE->{set_mode} };
my @MODES = @{ $TABLE->{modes} };
my (%WEIGHT, $text) = ();
$text = slurp("$SPEC/scoring.md");
$WEIGHT{$1} = [$2, $3] while $text =~ /^\| `(\w+)`\s+\|\s+(\d+) \| (?:`(\w+)`)?\s*\|$/mg;

sub slurp { open my $in, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return scalar <$in> }

# --- modes.md, lifecycle.md, decisions.md ---------------------------------------------------------------------------

sub rank { my $m = shift; return 0 if !defined $m || ref $m; return (first { $MODES[$_] eq $m } 0 .. $#MODES) // 0 }

sub effective_mode {
    my ($mailbox, $requested, $held, $halted) = @_;
    return $MODES[min rank($mailbox), defined $requested ? rank($requested) : 4, $held ? 2 : 4, $halted ? 0 : 4];
}

sub live {
    my ($w, $m, $at) = @_;
    my $age = $w->{mailboxes}{ $m->{mailbox} }{policy}{approvalMaxAge};
    my $out = $w->{tenants}{ $m->{tenant} }{revoked};
    return grep { my $a = $_;
        $a->{digest} eq $m->{digest} && $a->{reviewer} ne $m->{author} && $a->{reviewer} ne ($m->{owner} // '')
            && !(any { $_ eq $a->{reviewer} } @$out) && $at < $a->{at} + $age } @{ $m->{approvals} };
}

sub on_tenant {
    my ($w, $e) = @_;
    my ($kind, $role, $t) = ($e->{type}, $e->{actor}{role}, $w->{tenants}{ $e->{tenant} });
    refuse('exists') if $kind eq 'create_tenant' && $t;
    refuse('unknown_tenant') if $kind ne 'create_tenant' && !$t;
    refuse('not_permitted') if $role ne 'operator' && !($role eq 'system' && $kind =~ /^create_(tenant|key)$/);
    if ($kind eq 'create_tenant') { $w->{tenants}{ $e->{tenant} } = { halted => bool(0), revoked => [] } }
    elsif ($kind =~ /^(halt|resume)$/) {
        refuse('no_change') if !!$t->{halted} eq !!($kind eq 'halt');
        $t->{halted} = bool($kind eq 'halt');
    }
    elsif ($kind =~ /^(revoke|reinstate)_reviewer$/) {
        my @others = grep { $_ ne $e->{reviewer} } @{ $t->{revoked} };
        refuse('no_change') if (@others < @{ $t->{revoked} }) == ($1 eq 'revoke');
        $t->{revoked} = [sort @others, $1 eq 'revoke' ? $e->{reviewer} : ()];
    }
    elsif ($kind eq 'create_key') {
        refuse('not_permitted') if 2 == grep { /^(send|oversight)$/ } uniq @{ $e->{scopes} };
    }
    return { from => undef, to => undef, commands => [] };
}

sub on_mailbox {
    my ($w, $e) = @_;
    my ($kind, $role, $box) = ($e->{type}, $e->{actor}{role}, $w->{mailboxes}{ $e->{mailbox} });
    refuse('unknown_tenant') if !$w->{tenants}{ $e->{tenant} };
    if ($kind eq 'create_mailbox') {
        refuse('not_permitted') if $role ne 'operator';
        refuse('exists') if $box;
        $w->{mailboxes}{ $e->{mailbox} } = { map { ($_ => $e->{$_}) } qw(tenant mode policy) };
        return { from => undef, to => $e->{mode}, commands => [] };
    }
    refuse('unknown_mailbox') if !$box || $box->{tenant} ne $e->{tenant};
    my $before = $box->{mode};
    if ($kind eq 'set_policy') {
        refuse('not_permitted', $before) if $role ne 'operator';
        $box->{policy} = $e->{policy};
    }
    else {
        my $row = $SET{"$before $role $e->{mode}"};
        refuse($row->{refusal}, $before) if $row->{refusal};
        $box->{mode} = $row->{next};
    }
    return { from => $before, to => $box->{mode}, commands => [] };
}

sub facts {
    my ($w, $e, $m, $mode) = @_;
    my ($kind, $at, $who, $role) = ($e->{type}, $e->{at}, $e->{actor}{principal}, $e->{actor}{role});
    my ($tenant, $policy) = ($w->{tenants}{ $e->{tenant} }, $w->{mailboxes}{ $e->{mailbox} }{policy});
    my @live  = uniq map { $_->{reviewer} } live($w, $m, $at);
    my @count = $kind eq 'revoke' ? grep({ $_ ne $e->{reviewer} } @live) : $kind eq 'resolve' ? $who : uniq @live, $who;
    my $fresh = $kind =~ /^(submit|revise)$/;
    my $blocked  = ($e->{verdict} // $m->{verdict})->{blocked};
    my $approved = !$fresh && $kind ne 'resolve' && @live >= $policy->{quorum};
    return {
        role => $role, outcome => $e->{outcome} // 'none', self => (any { defined && $_ eq $who } $m->{author}, $m->{owner}),
        revoked => (any { $_ eq $who } @{ $tenant->{revoked} }), current => ($e->{base} // $e->{digest} // '') eq ($m->{digest} // '-'),
        lapsed => $m->{status} eq 'pending_approval' ? $at >= $m->{decide_by}
            : @live < $policy->{quorum} && (any { $at >= $_->{at} + $policy->{approvalMaxAge} } @{ $m->{approvals} }),
        blocked => $blocked, halted => $tenant->{halted}, read_only => $mode eq 'read_only', repeated => (any { $_ eq $who } @live),
        complete => @count >= $policy->{quorum},
        clear => $mode ne 'read_only' && !$blocked && ($approved || rank($mode) > 2),
        due => ($e->{sendAt} // $m->{send_at}) <= $at, copied => $mode eq 'monitored', attempt => ($e->{attempt} // -1) == $m->{attempt},
        approver => (any { $_->{reviewer} eq ($e->{reviewer} // '') } @{ $m->{approvals} }) };
}

sub holds {
    my ($when, $facts) = @_;
    return all { my $want = $when->{$_}; my $is = $facts->{$_};
        ref $want eq 'ARRAY' ? (any { $_ eq $is } @$want) : !!$want eq !!$is } keys %$when;
}

sub on_message {
    my ($w, $e) = @_;
    my ($kind, $box, $tenant) = ($e->{type}, $w->{mailboxes}{ $e->{mailbox} }, $w->{tenants}{ $e->{tenant} });
    refuse('unknown_tenant') if !$tenant;
    my $m = $w->{messages}{ $e->{message} } // { status => 'new', tenant => $e->{tenant}, mailbox => $e->{mailbox}, send_at => 0,
        verdict => { held => 0, blocked => 0 }, decide_by => 0, approvals => [], attempt => 0 };
    refuse('unknown_mailbox')
        if !$box || $box->{tenant} ne $e->{tenant} || $m->{tenant} ne $e->{tenant} || $m->{mailbox} ne $e->{mailbox};
    my $mode = effective_mode($box->{mode}, exists $e->{requestedMode} ? $e->{requestedMode} : $m->{requested},
        ($e->{verdict} // $m->{verdict})->{held}, $tenant->{halted});
    my ($facts, $before) = (facts($w, $e, $m, $mode), $m->{status});
    my $class = (first { holds($_->{when}, $facts) } @{ $TABLE->{events}{$kind}{classes} })->{class};
    my $row = $ROW{"$before $kind $class"};
    refuse($row->{refusal}, $before) if $row->{refusal};
    my @live = live($w, $m, $e->{at});
    my $own = { reviewer => $e->{actor}{principal}, digest => $m->{digest}, at => $e->{at} };
    my $fresh = $kind =~ /^(submit|revise)$/;
    @$m{qw(author owner)} = ($e->{actor}{principal}, $e->{owner}) if $kind eq 'submit';
    if ($fresh) { @$m{qw(digest requested send_at approvals)} = (@$e{qw(digest requestedMode sendAt)}, []) }
    elsif ($kind eq 'approve') { $m->{approvals} = [@live, $own] }
    elsif ($kind eq 'revoke')  { $m->{approvals} = [grep { $_->{reviewer} ne $e->{reviewer} } @{ $m->{approvals} }] }
    elsif ($kind eq 'resolve') { $m->{approvals} = $e->{actor}{role} eq 'reviewer' ? [$own] : [] }
    elsif ($kind eq 'dispatch' && $row->{next} eq 'dispatching') { $m->{attempt}++ }
    elsif ($kind eq 'dispatch') { $m->{approvals} = $class eq 'blocked' ? [] : \@live }
    $m->{decide_by} = $e->{at} + $box->{policy}{decisionWindow}
        if $fresh || $row->{next} eq 'pending_approval' && $before ne 'pending_approval';
    $m->{verdict} = $e->{verdict} if $kind =~ /^(submit|revise|dispatch|resolve)$/;
    $m->{status} = $row->{next};
    $w->{messages}{ $e->{message} } = $m;
    return { from => $before, to => $m->{status}, commands => $row->{commands},
        $kind =~ /^(submit|revise|dispatch)$/ ? (mode => $mode) : () };
}

sub decide {
    my ($w, $e) = @_;
    $w->{now} = max $w->{now}, $e->{at};
    my $on = exists $e->{message} ? \&on_message : exists $e->{mailbox} ? \&on_mailbox : \&on_tenant;
    return eval { $on->($w, $e) } // (ref $@ ? { %{$@} } : die $@);
}

sub shown {
    my ($w, $m) = @_;
    my @live = $m->{status} =~ /^(pending_approval|scheduled|queued)$/ ? sort(uniq(map { $_->{reviewer} } live($w, $m, $w->{now}))) : ();
    return { (map { ($_ => $m->{$_}) } qw(status digest attempt)), approvals => \@live,
        decide_by => $m->{status} eq 'pending_approval' ? $m->{decide_by} : undef };
}

sub run {
    my $it = shift;
    my $w  = { now => 0, map { ($_ => {}) } qw(tenants mailboxes messages) };
    decide($w, $_) for @{ $it->{before} };
    my @outcomes = map { decide($w, $_) } @{ $it->{events} };
    my ($boxes, $messages) = @$w{qw(mailboxes messages)};
    return { outcomes => \@outcomes, state => { tenants => $w->{tenants},
        mailboxes => { map { ($_ => { mode => $MODES[rank($boxes->{$_}{mode})], policy => $boxes->{$_}{policy} }) } keys %$boxes },
        messages => { map { ($_ => shown($w, $messages->{$_})) } keys %$messages } } };
}

# --- scoring.md ---------------------------------------------------------------------------------------------------------

sub score { my $left = 10000; $left = int($left * (10000 - $_) / 10000) for sort { $b <=> $a } @_; return 10000 - $left }

sub judge {
    my $it = shift;
    my $worst = max 0, map { score(map { $WEIGHT{$_}[0] } @$_) } @{ $it->{domains} };
    my @flags = sort(uniq(grep { defined } map { $WEIGHT{$_}[1] } map { @$_ } @{ $it->{domains} }));
    return { score => $worst, flags => \@flags, held => bool($worst > $it->{threshold}) };
}

my %OPERATION = (
    canonical => sub { { canonical => canonical($_[0]{value}) } }, verify_inclusion => \&verify_inclusion,
    tree_root => \&tree_root,
    verify_consistency => \&verify_consistency,
    hello => sub { { protocol => 1, name => 'countersign-perl', version => '0.1.0', features => [] } },
    effective_mode => sub { { mode => effective_mode(@{ $_[0] }{qw(mailbox requested held halted)}) } },
    score => sub { { score => score(@{ $_[0]{weights} }) } }, judge => \&judge, run => \&run, digest => \&digest,
    agent_octets => \&agent_octets, operator_claims => \&operator_claims, verify_signature => \&verify_signature,
    reserved_header => \&reserved_header);

while (my $line = <STDIN>) {
    my $request = $JSON->decode($line);
    my $operation = $OPERATION{ $request->{op} };
    my $answer = !$operation ? { unsupported => $request->{op} }
        : eval { { ok => $operation->({ %{ $request->{given} }, %{ $request->{input} } }) } }
        // (ref $@ ? { error => $@->{refusal} } : die $@);
    print $JSON->encode({ id => $request->{id}, %$answer }), "\n";
}
