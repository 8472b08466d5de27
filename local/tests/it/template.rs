//! A template read: everything honoured, and what cannot be is refused by name.

use local::template::Template;
use serde_json::json;
use std::time::Duration;

/// A small template with one of everything.
pub const SMALL: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String, Default: live }
Globals:
  Function: { Timeout: 20 }
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: { Fn::Sub: '${AWS::StackName}-${Stage}' }
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
      KeySchema:
        - { AttributeName: pk, KeyType: HASH }
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  Bus:
    Type: AWS::Events::EventBus
    Properties: { Name: approvals }
  Failures: { Type: AWS::SQS::Queue }
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: { AllowOrigins: ['https://app.example'], AllowMethods: [GET, POST], MaxAge: 60 }
  Poll:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: poll } }
    Properties:
      CodeUri: .
      Timeout: 29
      Events:
        One: { Type: HttpApi, Properties: { ApiId: { Ref: Api }, Method: get, Path: '/approvals/{id}' } }
        Echo: { Type: HttpApi, Properties: { ApiId: { Ref: Api }, Method: ANY, Path: '/echo/{rest+}' } }
  Wait:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/wait
      FunctionUrlConfig: { AuthType: NONE, InvokeMode: RESPONSE_STREAM }
      Events:
        Wait: { Type: HttpApi, Properties: { Method: GET, Path: /wait } }
  Relay:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/relay/
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: { Fn::GetAtt: [Table, StreamArn] }
            StartingPosition: TRIM_HORIZON
            BatchSize: 50
            MaximumRetryAttempts: 3
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria:
              Filters:
                - Pattern: '{"eventName": ["INSERT", "MODIFY"]}'
            DestinationConfig: { OnFailure: { Destination: { Fn::GetAtt: [Failures, Arn] } } }
  Dispatch:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/dispatch
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: { OnFailure: { Type: SQS, Destination: { Fn::GetAtt: [Failures, Arn] } } }
      Events:
        Changed:
          Type: EventBridgeRule
          Properties:
            EventBusName: { Ref: Bus }
            Pattern: { source: [countersign], detail-type: [{ prefix: approval. }] }
            RetryPolicy: { MaximumRetryAttempts: 4 }
            DeadLetterConfig: { Arn: { Fn::GetAtt: [Failures, Arn] } }
        Minutely: { Type: Schedule, Properties: { Schedule: rate(1 minute) } }
"#;

/// The template, read.
pub fn small() -> Template {
    Template::read(SMALL).unwrap()
}

#[test]
fn a_template_is_read_whole() {
    let template = small();
    let code: Vec<_> = template.functions.iter().map(|f| (f.logical.as_str(), f.code.as_str(), f.streams)).collect();
    for function in [("Poll", "poll", false), ("Wait", "wait", true), ("Relay", "relay", false)] {
        assert!(code.contains(&function), "{code:?}");
    }
    assert_eq!(template.function("Poll").unwrap().timeout, Duration::from_secs(29));
    assert_eq!(template.function("Relay").unwrap().timeout, Duration::from_secs(20));

    let table = &template.tables[0];
    assert_eq!((table.name.as_str(), table.ttl.as_deref()), ("countersign-live", Some("ttl")));
    assert_eq!(
        table.create["StreamSpecification"],
        json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" })
    );

    let mapping = &template.mappings[0];
    assert_eq!((mapping.table.as_str(), mapping.batch_size, mapping.retries), ("countersign-live", 50, Some(3)));
    assert!(mapping.bisect && mapping.report_item_failures);
    assert!(mapping.filters[0].matches(&json!({ "eventName": "INSERT" })));
    assert!(mapping.on_failure.as_deref().unwrap().ends_with("Failures"));

    let dispatch = template.function("Dispatch").unwrap();
    assert_eq!(dispatch.retries, 1);
    assert_eq!(template.rules[0].bus, "approvals");
    assert_eq!(template.schedules[0].every, Duration::from_secs(60));
    assert_eq!(template.cors.unwrap().max_age, Some(60));
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    for (from, to, named) in [
        ("Type: Schedule,", "Type: SNS,", "the event type SNS"),
        ("rate(1 minute)", "cron(0 * * * ? *)", "cron(0 * * * ? *)"),
        ("prefix: approval.", "cidr: 10.0.0.0/8", "cidr"),
        ("Type: AWS::Serverless::HttpApi", "Type: AWS::Serverless::Api", "AWS::Serverless::Api"),
        ("BatchSize: 50", "TumblingWindowInSeconds: 5", "TumblingWindowInSeconds"),
        ("EventBusName: { Ref: Bus }", "EventBusName: elsewhere", "elsewhere"),
        ("{ Ref: Bus }", "{ Ref: Buss }", "Buss"),
    ] {
        let changed = SMALL.replace(from, to);
        let refused = Template::read(&changed).unwrap_err().to_string();
        assert!(refused.contains(named), "{from} → {refused}");
    }
}

#[test]
fn the_repository_s_template_is_honoured() {
    let template = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml"));
    let template = Template::read(template).unwrap();
    assert_eq!(template.tables.len(), 1);
    assert_eq!(template.mappings.len(), 1);
}
